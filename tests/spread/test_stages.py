"""Every stage that can be spread gives on a cluster what it gives here, also when a worker is killed half-way."""

import json
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from dask_place import KilledHalfWay
from small_attacks import changeable_detector, changeable_flows
from small_sites import write_sites

from garrison.cli.main import run_command
from garrison.detection import save_detector

pytest.importorskip("distributed")

pytestmark = pytest.mark.xdist_group("cluster")

SITES = "--data sites.csv --set ingestion.features=small.json --set jobs=1"
TREES = "--set 'training.params={xgboost: {trees: 250}}' --set training.folds=3"
QUIET = "--set tracking.enabled=false --set evaluation.repeats=50 --set training.search=grid"


def files(*patterns: str) -> Callable[[Path], dict[str, bytes]]:
    """The bytes of the files that a command left, by name."""

    def found(folder: Path) -> dict[str, bytes]:
        paths = [path for pattern in patterns for path in sorted(folder.glob(pattern)) if path.is_file()]
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}

    return found


def without_times(folder: Path) -> dict[str, bytes]:
    """The results of attacks, but how long they took."""
    facts = json.loads((folder / "attack.json").read_text("utf-8"))
    for result in facts["attacks"]:
        assert result.pop("seconds") > 0
    return {"attack.json": json.dumps(facts).encode()}


def trials(folder: Path) -> dict[str, bytes]:
    """The trials of a study: parameters, and what each fold gave."""
    facts = json.loads((folder / "study" / "tuned.json").read_text("utf-8"))
    kept = [{name: each[name] for name in ("place", "params", "folds", "status")} for each in facts["trials"]]
    return {"trials": json.dumps(sorted(kept, key=lambda each: int(each["place"]))).encode()}


@dataclass(frozen=True)
class Stage:
    """A command, what it leaves, and the command that makes what it needs."""

    name: str
    command: str
    left: Callable[[Path], dict[str, bytes]]
    before: str = ""


KEYS = "ciphers keys --split train --count 9000 --shard 1500"
STAGES = [
    Stage(
        "cross-validation",
        f"crossvalidate {SITES} {TREES} --family xgboost --folds 3 --seeds 3 --out figures.json",
        files("figures.json"),
    ),
    Stage(
        "tuning",
        f"tune {SITES} {TREES} --set tuning.pruning=none --family xgboost --trials 5 --workers 2 --out study",
        trials,
    ),
    Stage(
        "gradient-boosted training",
        f"train {SITES} {TREES} {QUIET} --model-type xgboost --features small.json --seed 3",
        files("models/experimental/**/detector/**/*"),
    ),
    Stage(
        "batch scoring",
        "score ./detector --data flows.parquet --batch-rows 400 --out scores.csv",
        files("scores.csv"),
    ),
    Stage("cipher keys", KEYS, files("ciphers/**/*.npy", "ciphers/**/*.json")),
    Stage(
        "ciphertexts",
        "ciphers encrypt --split train --mode known-plaintext --length 400",
        files("ciphers/**/*.npy", "ciphers/**/*.json"),
        before=KEYS,
    ),
    Stage(
        "evasion attacks",
        "attack ./detector --data flows.parquet --rows 300 --attack random_search --no-raw --out attack.json",
        without_times,
    ),
]


@pytest.fixture
def here(tmp_path: Path) -> Path:
    write_sites(tmp_path)
    save_detector(changeable_detector("xgboost", trees=40, max_depth=5), tmp_path / "detector")
    pq.write_table(changeable_flows(5_000, seed=3), tmp_path / "flows.parquet")
    return tmp_path


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)
def test_a_stage_gives_the_same_on_a_cluster_that_loses_a_worker(
    stage: Stage, address: str, here: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    found = []
    for name, more in (("alone", []), ("spread", ["--scheduler", address])):
        folder = here / name
        folder.mkdir()
        for path in here.iterdir():
            if path.name not in ("alone", "spread"):
                (folder / path.name).symlink_to(path)
        monkeypatch.chdir(folder)
        if stage.before:
            assert run_command(shlex.split(stage.before)) == 0
        lost = KilledHalfWay(monkeypatch, address) if more else None
        assert run_command([*shlex.split(stage.command), *more]) == 0, capfd.readouterr().err
        found.append(stage.left(folder))
    assert lost is not None
    assert lost.victim is not None
    assert lost.done_before
    assert lost.done_after
    assert not Path(f"/proc/{lost.victim}").exists()
    alone, spread = found
    assert alone
    assert spread == alone
