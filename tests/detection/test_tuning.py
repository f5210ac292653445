"""Studies: equal for equal seeds, however often they are stopped on the way; hopeless trials end early."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from garrison.data.splits import grouped_folds
from garrison.detection import FAMILIES, Tuned, cross_validate, tune
from garrison.detection.tuning import work
from garrison.errors import DataError, ModelError, RunBusy, SettingsError
from garrison.run.lock import FolderLock

SPACE = {"C": {"low": 1e-4, "high": 100.0, "log": True}}
TRIALS = 16


def rows(count: int = 300) -> tuple[Any, Any, Any]:
    """Rows, labels and three folds."""
    rng = np.random.default_rng(2)
    X = rng.normal(size=(count, 4))
    y = X[:, 0] + X[:, 1] * X[:, 2] + rng.normal(size=count) > 0
    return X, y, grouped_folds(y, np.arange(count), folds=3, seed=0)


def study(path: Path | None = None, **more: Any) -> Tuned:
    X, y, folds = rows()
    settings: dict[str, Any] = {"trials": TRIALS, "seed": 3, "storage": path, "space": SPACE}
    return tune("logistic_regression", X, y, folds=folds, **{**settings, **more})


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> Tuned:
    return study(tmp_path_factory.mktemp("study") / "study.log")


def test_two_studies_of_one_seed_are_equal_and_another_seed_draws_otherwise(unbroken: Tuned) -> None:
    assert study(None) == unbroken
    assert len(unbroken.trials) == TRIALS
    assert [each.place for each in unbroken.trials] == list(range(TRIALS))
    other = study(None, seed=4)
    assert other.trials[1].params != unbroken.trials[1].params


def test_the_first_trial_is_the_defaults_and_its_value_that_of_cross_validation(unbroken: Tuned) -> None:
    X, y, _ = rows()
    first = unbroken.trials[0]
    assert first.params == {"C": FAMILIES["logistic_regression"].defaults["C"]}
    found = cross_validate("logistic_regression", {}, X, y, np.arange(len(X)), folds=3, seed=0)
    assert first.folds == pytest.approx(found.fold_values["auc"], abs=1e-12)


def test_defaults_outside_the_space_are_tried_first_all_the_same() -> None:
    X, y, folds = rows()
    space = {"trees": {"low": 2, "high": 5}, "max_depth": {"low": 1, "high": 9}}
    params = {"trees": {"low": 2, "high": 5}}
    for each in (space, params):
        found = tune("xgboost", X, y, folds=folds, space=each, trials=6)
        defaults = FAMILIES["xgboost"].defaults
        assert found.trials[0].params == {name: defaults[name] for name in each}
        assert all(2 <= other.params["trees"] <= 5 for other in found.trials[1:])
        whole = cross_validate("xgboost", {}, X, y, np.arange(len(X)), folds=3, seed=0)
        assert found.trials[0].folds == pytest.approx(whole.fold_values["auc"], abs=1e-12)


def test_the_best_is_best_and_written_out_whole(unbroken: Tuned) -> None:
    complete = [each.value for each in unbroken.trials if each.status == "complete" and each.value]
    assert unbroken.value == max(complete) == unbroken.best.value
    assert set(unbroken.params) == set(FAMILIES["logistic_regression"].defaults)
    assert unbroken.importance == pytest.approx({"C": 1.0})


def test_hopeless_trials_end_early_by_the_median_of_complete_ones(unbroken: Tuned) -> None:
    assert unbroken.pruned > 0
    for each in unbroken.trials:
        before = [
            np.mean(other.folds[: len(each.folds)])
            for other in unbroken.trials[: each.place]
            if other.status == "complete"
        ]
        if each.status == "pruned":
            assert len(each.folds) < 3
            assert len(before) >= 4
            assert np.mean(each.folds) < np.median(before)
    assert study(None, pruning="none").pruned == 0


@pytest.mark.parametrize("calls", [1, 4, 17, 30])
def test_a_study_that_was_stopped_goes_on_as_if_it_had_not(
    calls: int, unbroken: Tuned, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = [calls]
    fit = work.fit_one

    def stopping(*arguments: Any) -> Any:
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        return fit(*arguments)

    monkeypatch.setattr(work, "fit_one", stopping)
    path = tmp_path / "study.log"
    for _ in range(2):
        left[0] = calls
        with pytest.raises(KeyboardInterrupt):
            study(path)
        calls = 1
    monkeypatch.undo()
    assert study(path) == unbroken
    assert study(path) == unbroken


PROGRAM = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from test_tuning import study
study(Path(sys.argv[1]), trials=400)
"""


def started(path: Path, lines: int) -> subprocess.Popen[bytes]:
    """A process that tunes, once its study has some lines."""
    here = str(Path(__file__).parent)
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, str(path), here])
    deadline = time.monotonic() + 60
    while not path.exists() or path.read_bytes().count(b"\n") < lines:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return process


def test_a_killed_process_leaves_a_study_that_goes_on_at_once(unbroken: Tuned, tmp_path: Path) -> None:
    path = tmp_path / "study.log"
    process = started(path, 60)
    with pytest.raises(RunBusy):
        study(path)
    process.kill()
    process.wait()
    with path.open("ab") as file:
        file.write(b'{"op_code": 6, "worker')
    before = time.monotonic()
    found = study(path)
    assert time.monotonic() - before < 20
    assert found.trials[:TRIALS] == unbroken.trials[: len(found.trials)]


def test_more_trials_go_on_from_those_there_are(unbroken: Tuned, tmp_path: Path) -> None:
    first = study(tmp_path / "study.log", trials=5)
    assert first.trials == unbroken.trials[:5]
    assert study(tmp_path / "study.log") == unbroken
    assert len(study(tmp_path / "study.log", trials=3).trials) == TRIALS


@pytest.mark.parametrize(
    ("more", "other"),
    [
        ({"seed": 9}, "seed"),
        ({"metric": "f1"}, "metric"),
        ({"pruning": "none"}, "pruning"),
        ({"space": {"C": {"low": 0.1, "high": 1.0}}}, "space"),
        ({"weights": np.ones(300)}, "rows or folds"),
    ],
)
def test_a_study_is_not_gone_on_with_under_other_settings(more: Any, other: str, tmp_path: Path) -> None:
    study(tmp_path / "study.log", trials=1)
    with pytest.raises(SettingsError, match=f"begun with other {other}"):
        study(tmp_path / "study.log", **more)


@pytest.mark.parametrize(
    "more",
    [
        {"metric": "speed"},
        {"space": {"colour": {"low": 1, "high": 2}}},
        {"params": {"colour": 1}},
        {"trials": 0},
        {"workers": 0},
        {"pruning": "luck"},
    ],
)
def test_settings_that_cannot_be_are_refused_before_anything_runs(
    more: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "fit_one", lambda *_: pytest.fail("a fold was fitted"))
    with pytest.raises(SettingsError):
        study(tmp_path / "study.log", **more)
    assert not (tmp_path / "study.log").exists()


def test_folds_that_lack_a_class_are_refused() -> None:
    X, y, _ = rows()
    with pytest.raises(DataError, match="lacks a class"):
        tune("knn", X, y, folds=[(np.arange(100), np.flatnonzero(y))], trials=1)
    with pytest.raises(DataError, match="no folds"):
        tune("knn", X, y, folds=[], trials=1)


def test_a_file_that_is_no_study_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "study.log"
    for content in ("name,value\n", '{"a": 1}\n', "[]\n", "my notes", '{"op_code": 0}\n'):
        path.write_text(content, encoding="utf-8")
        with pytest.raises(DataError, match="study cannot be read"):
            study(path)
        assert path.read_text(encoding="utf-8") == content


def test_parameters_that_the_family_refuses_end_their_trial_only() -> None:
    X, y, folds = rows()
    space = {"neighbours": {"choices": [3, 5, 100_000]}}
    found = tune("knn", X, y, folds=folds, space=space, trials=12, seed=0)
    refused = [each for each in found.trials if each.status == "refused"]
    assert refused
    assert all(each.value is None and "100000 neighbours" in each.reason for each in refused)
    assert found.params["neighbours"] in (3, 5, 9)
    with pytest.raises(ModelError, match="none of 2 trials of knn came to its end"):
        tune("knn", X, y, folds=folds, params={"neighbours": 100_000}, trials=2)
    with pytest.raises(ModelError, match="knn cannot weigh rows"):
        tune("knn", X, y, folds=folds, trials=2, weights=np.arange(300.0))


def test_less_is_better_where_the_metric_says_so() -> None:
    found = study(None, metric="log_loss")
    assert found.value == min(each.value for each in found.trials if each.status == "complete" and each.value)


def test_weights_and_fixed_parameters_reach_the_fits() -> None:
    X, y, folds = rows()
    weights = np.where(y, 5.0, 0.2)
    plain, weighed = (
        tune("logistic_regression", X, y, folds=folds, trials=1, metric="recall", weights=each)
        for each in (None, weights)
    )
    assert weighed.value > plain.value
    fixed = tune("xgboost", X, y, folds=folds, params={"trees": 3, "max_depth": 2}, trials=2)
    assert (fixed.params["trees"], fixed.params["max_depth"]) == (3, 2)
    assert "max_depth" not in fixed.trials[0].params


def loky_processes() -> list[int]:
    """The numbers of the workers that this process has started; one that is just ending is none any more."""
    found = []
    for each in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            if "LokyProcess" in " ".join(each.cmdline()):
                found.append(each.pid)
    return found


def test_two_workers_make_every_trial_once_also_when_one_is_killed(tmp_path: Path) -> None:
    import threading

    X, y, folds = rows(3000)
    path, killed = tmp_path / "study.log", []

    def kill_one() -> None:
        while not path.exists() or path.read_bytes().count(b"\n") < 12:
            time.sleep(0.05)
        workers = loky_processes()
        os.kill(workers[0], signal.SIGKILL)
        killed.append(workers[0])

    thread = threading.Thread(target=kill_one)
    thread.start()
    found = tune(
        "xgboost", X, y, folds=folds, params={"trees": 200}, trials=6, workers=2, storage=path, pruning="none"
    )
    thread.join()
    assert killed
    assert [each.place for each in found.trials] == list(range(6))
    assert {each.status for each in found.trials} == {"complete"}
    assert not loky_processes()


def test_workers_end_with_the_process_that_asked(tmp_path: Path) -> None:
    path = tmp_path / "study.log"
    program = PROGRAM.replace("trials=400", "trials=400, workers=2")
    process = subprocess.Popen([sys.executable, "-c", program, str(path), str(Path(__file__).parent)])
    deadline = time.monotonic() + 60
    while not path.exists() or path.read_bytes().count(b"\n") < 20:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    workers = psutil.Process(process.pid).children(recursive=True)
    assert len(workers) >= 2
    process.kill()
    process.wait()
    _, alive = psutil.wait_procs(workers, timeout=15)
    assert not [each for each in alive if "LokyProcess" in " ".join(each.cmdline())]
    assert not FolderLock(path.with_name(".study.log.lock")).held
