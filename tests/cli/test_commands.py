"""The commands as a person types them: what they print, and the exit code they end with."""

import json
from pathlib import Path

import pytest

from garrison.cli.main import run_command


def ingest(data: Path, name: str) -> int:
    return run_command(
        [
            *("run", "phishing", "--data", str(data), "--until", "ingestion", "--name", name, "--seed", "3"),
            *("--set", f"ingestion.features={data.parent / 'small.json'}", "--set", "tracking.enabled=false"),
        ]
    )


def test_a_file_may_have_an_odd_name(sites: Path) -> None:
    odd = sites.rename(sites.with_name("sites #2: x.csv"))
    assert ingest(odd, "odd") == 0
    record = json.loads(Path("runs/odd/run.json").read_text(encoding="utf-8"))
    assert (record["status"], record["seed"]) == ("finished", 3)


def test_a_run_is_shown_as_it_was_recorded(sites: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ingest(sites, "a") == 0
    capsys.readouterr()
    assert run_command(["runs", "show", "a"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown == json.loads(Path("runs/a/run.json").read_text(encoding="utf-8"))


def test_a_damaged_record_is_named_and_does_not_spoil_the_list(
    sites: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("whole", "broken"):
        assert ingest(sites, name) == 0
    record = Path("runs/broken/run.json")
    facts = json.loads(record.read_text(encoding="utf-8"))
    record.write_text(json.dumps({**facts, "metrics": None}), encoding="utf-8")
    capsys.readouterr()
    assert run_command(["runs", "show", "broken"]) == 13
    assert "record is damaged" in capsys.readouterr().err
    assert run_command(["runs", "list"]) == 0
    lines = {line.split()[0]: line for line in capsys.readouterr().out.splitlines() if line.strip()}
    assert "damaged" in lines["broken"]
    assert "finished" in lines["whole"]
    assert lines["whole"].rstrip().endswith("–")
    assert "nan" not in "".join(lines.values())


def test_cross_validation_says_how_many_rows_it_left_out(
    sites: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    columns = len(sites.read_text(encoding="utf-8").splitlines()[0].split(","))
    with sites.open("a", encoding="utf-8") as file:
        file.write(",".join(["x"] * columns) + "\n")
    code = run_command(
        [
            *("crossvalidate", "--data", str(sites), "--folds", "2", "--seeds", "1"),
            *("--family", "logistic_regression", "--set", "training.families=[logistic_regression]"),
            *("--set", f"ingestion.features={sites.parent / 'small.json'}"),
        ]
    )
    assert code == 0
    assert "1 refused rows" in capsys.readouterr().out
    (refused,) = Path("crossvalidation.refused.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(refused)["reason"]


@pytest.mark.parametrize("line", [["kees"], ["federated", "sever"], ["monitor", "drft"], ["serve", "key"]])
def test_a_mistyped_command_brings_one_suggestion_once(
    line: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    assert run_command(line) == 2
    assert capfd.readouterr().err.count("Did you mean") == 1


@pytest.mark.parametrize("seed", ["-1", "4294967296", "9" * 30])
@pytest.mark.parametrize(
    "command",
    [
        "ciphers keys --split train --count 5",
        "ciphers recover ABCDE --crib HELLO",
        "ciphers distinguish --cipher speck --method averaging",
        "run ciphers",
        "run federated",
        "run phishing",
    ],
)
def test_a_seed_that_no_generator_takes_is_refused(
    command: str,
    seed: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run_command([*command.split(), "--seed", seed]) == 2
    assert "seed" in capsys.readouterr().err
