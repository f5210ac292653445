"""Nothing is sent anywhere unless a place is named: small runs of all four pipelines, with nothing to be reached."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest
from small_urls import FEATURES, small_urls

SCRIPT = Path(__file__).parents[1] / "support" / "no_network.py"
QUICK = (
    *("--set", "training.families=[logistic_regression]", "--set", "training.folds=2", "--set", "jobs=1"),
    *("--set", "evaluation.repeats=50"),
)
CIPHERS = """
keys: {train: 60, test: 20, overlaps: [1, 1]}
messages: {length: 52}
training: {steps: 2, batch: 16, rounds: 2, width: 12, every: 1}
"""
FEDERATED = """
seeds: 2
jobs: 1
networks: [mlp]
data: {name: digits, pool: 240, test: 120, validation: 60}
parties: {count: 3}
federation: {rounds: 1, epochs: 1, batch: 20, learning_rate: 0.3}
conventional: {epochs: 1, batch: 20, learning_rate: 0.3}
private: {epsilons: [8.0], batch: 20}
attacks:
  inversion: {attacks: [confidence], steps: 2, taught: 50}
  updates: {images: [2], steps: 2, parties: 3, candidates: 100, attacks: [first_layer]}
  membership: null
"""


def without_network(folder: Path, *commands: list[str]) -> dict[str, Any]:
    """Run commands in ``folder`` where nothing can be reached; what they tried, and their exit codes."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GARRISON_")}
    done = subprocess.run(
        [sys.executable, str(SCRIPT), json.dumps(commands)],
        cwd=folder,
        env={**environment, "GARRISON_CACHE": str(folder / "cache"), "HOME": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    assert set(told["codes"]) <= {0}, done.stderr
    return told


def assert_nothing_sent(told: dict[str, Any]) -> None:
    assert told["tried"] == []
    assert told["denied"] == 0


def test_the_watch_sees_who_asks(tmp_path: Path) -> None:
    connect = "import socket; socket.create_connection(('192.0.2.1', 80), timeout=1)"
    look_up = "import socket; socket.getaddrinfo('garrison.example', 443)"
    local = "import socket; one = socket.create_server(('127.0.0.1', 0)); socket.create_connection(one.getsockname())"
    told = without_network(tmp_path, ["python", connect], ["python", look_up], ["python", local])
    assert [each.split()[1] for each in told["tried"]] == ["192.0.2.1", "garrison.example"]


def test_the_kernel_sees_who_goes_around_python(tmp_path: Path) -> None:
    around = "import subprocess, sys; subprocess.run([sys.executable, '-c', {!r}])".format(
        "import socket; socket.socket(type=socket.SOCK_DGRAM).connect_ex(('192.0.2.1', 53))"
    )
    told = without_network(tmp_path, ["python", around])
    if not told["kernel"]:
        pytest.skip("no network namespace can be had here")
    assert told["tried"] == []
    assert told["denied"] >= 1


def test_help_and_doctor_reach_for_nothing(tmp_path: Path) -> None:
    assert_nothing_sent(
        without_network(tmp_path, ["--help"], ["--version"], ["doctor"], ["datasets", "list"])
    )


def test_a_phishing_run_reaches_for_nothing(tmp_path: Path) -> None:
    urls = tmp_path / "urls.parquet"
    pyarrow.parquet.write_table(small_urls(300), urls)
    (tmp_path / "urls.json").write_text(json.dumps(FEATURES), encoding="utf-8")
    assert_nothing_sent(
        without_network(
            tmp_path,
            [
                *("run", "phishing", "--config", "urls.yml", "--data", str(urls)),
                *("--set", "ingestion.features=urls.json", *QUICK),
            ],
        )
    )


def test_a_threats_run_its_scorecard_and_scores_reach_for_nothing(tmp_path: Path) -> None:
    assert_nothing_sent(
        without_network(
            tmp_path,
            [
                "run",
                "threats",
                "--data",
                "simulated:1500",
                "--set",
                "training.held_out_attacks=false",
                *QUICK,
            ],
            ["simulate", "--events", "200", "--out", "today.jsonl"],
            ["score", "threats", "--data", "today.jsonl", "--out", "verdicts.parquet"],
        )
    )


def test_a_ciphers_run_reaches_for_nothing(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    (tmp_path / "tiny.yml").write_text(CIPHERS, encoding="utf-8")
    assert_nothing_sent(without_network(tmp_path, ["run", "ciphers", "--config", "tiny.yml"]))


def test_a_federated_run_reaches_for_nothing(tmp_path: Path) -> None:
    for name in ("torch", "flwr", "opacus"):
        pytest.importorskip(name)
    (tmp_path / "tiny.yml").write_text(FEDERATED, encoding="utf-8")
    assert_nothing_sent(without_network(tmp_path, ["run", "federated", "--config", "tiny.yml"]))
