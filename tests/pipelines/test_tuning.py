"""`garrison tune` from settings to files: what it finds, how it is used, and how it stops and goes on."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pyarrow as pa
import pytest
import yaml

from garrison.cli.main import run_command
from garrison.data.schema import Schema
from garrison.errors import SettingsError
from garrison.pipelines import tuning
from garrison.pipelines.kept_settings import keep_settings, resolved
from garrison.pipelines.outcome import Outcome
from garrison.pipelines.phishing import run_phishing, settings_for
from garrison.pipelines.tuning import TunedFamily, family_to_tune, tune_family

SPACE = "tuning.space={logistic_regression: {C: {low: 0.01, high: 10.0, log: true}}}"
Tune = Callable[..., TunedFamily]


def options(sites: Path, *more: str) -> list[str]:
    return [
        f"ingestion.data={sites}",
        f"ingestion.features={sites.parent / 'small.json'}",
        "training.families=[logistic_regression]",
        "training.folds=3",
        "tuning.trials=6",
        SPACE,
        *more,
    ]


@pytest.fixture
def tune_small(sites: Path, tmp_path: Path) -> Tune:
    """Tunes a logistic regression on the small set."""

    def run(*more: str, folder: str = "study") -> TunedFamily:
        loaded = settings_for(None, overrides=options(sites, *more))
        family = family_to_tune(loaded.settings, None)
        return tune_family(
            loaded,
            pipeline="phishing",
            family=family,
            workspace=tmp_path / "work",
            folder=tmp_path / folder,
        )

    return run


def test_what_was_found_is_written_and_a_run_takes_it(
    tune_small: Tune, run_small: Callable[..., Outcome], tmp_path: Path
) -> None:
    found = tune_small()
    overlay = yaml.safe_load(found.best.read_text(encoding="utf-8"))
    assert overlay["training"]["families"] == ["logistic_regression"]
    assert overlay["training"]["params"] == {"logistic_regression": found.tuned.params}
    assert found.report.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    figures = json.loads((found.folder / "tuned.json").read_text(encoding="utf-8"))
    assert (figures["value"], len(figures["trials"])) == (found.tuned.value, 6)
    outcome = run_small(
        "training.families=[logistic_regression]",
        f"training.params={json.dumps(overlay['training']['params'])}",
        "training.folds=3",
    )
    training = json.loads((outcome.folder / "stages" / "training" / "artifact.json").read_text("utf-8"))
    row = training["artifact"]["leaderboard"][0]
    assert row["folds"] == pytest.approx(list(found.tuned.best.folds), abs=1e-12)
    assert settings_for(found.best).settings.training.params == overlay["training"]["params"]


def test_a_run_from_the_best_settings_alone_learns_as_the_best_trial_did(
    tune_small: Tune, tmp_path: Path
) -> None:
    found = tune_small("seed=3", "training.weights=balanced", "transformation.impute=median")
    loaded = settings_for(found.best, overrides=["tracking.enabled=false", "validation.on_failure=continue"])
    outcome = run_phishing(loaded, workspace=tmp_path / "again")
    training = json.loads((outcome.folder / "stages" / "training" / "artifact.json").read_text("utf-8"))
    (row,) = training["artifact"]["leaderboard"]
    assert row["folds"] == pytest.approx(list(found.tuned.best.folds), abs=1e-12)
    kept = loaded.settings
    assert (kept.seed, kept.training.weights, kept.transformation.impute) == (3, "balanced", "median")


def test_no_secret_is_among_the_best_settings(sites: Path, tmp_path: Path) -> None:
    loaded = settings_for(None, overrides=["ingestion.store=mongodb://reader:hunter2@db.example/events"])
    keep_settings(resolved(loaded.settings, loaded.features), tmp_path / "best.yml")
    assert "hunter2" not in (tmp_path / "best.yml").read_text(encoding="utf-8")


def test_equal_settings_give_equal_files(tune_small: Tune) -> None:
    one, two = tune_small(folder="one"), tune_small(folder="two")
    for name in ("best.yml", "tuned.json"):
        assert (one.folder / name).read_bytes() == (two.folder / name).read_bytes()
    pages = [each.report.read_text(encoding="utf-8").replace(str(each.folder), "") for each in (one, two)]
    assert pages[0] == pages[1]


def test_a_study_goes_on_where_more_trials_are_asked_for(tune_small: Tune) -> None:
    whole = tune_small("tuning.trials=8", folder="whole").tuned
    first = tune_small("tuning.trials=3").tuned
    assert first.trials == whole.trials[:3]
    assert tune_small("tuning.trials=8").tuned == whole
    with pytest.raises(SettingsError, match="begun with other"):
        tune_small("training.metric=f1")


def test_attacks_and_classes_weigh_as_in_training(tune_small: Tune) -> None:
    plain = tune_small("training.metric=recall", folder="plain").tuned
    weighed = tune_small("training.metric=recall", "training.weights=balanced", folder="weighed").tuned
    assert weighed.trials[0].folds != plain.trials[0].folds


@pytest.mark.parametrize(
    ("more", "match"),
    [
        ("tuning.space={xgbost: {max_depth: {low: 1, high: 2}}}", "did you mean xgboost"),
        ("tuning.space={xgboost: {depth: {low: 1, high: 2}}}", "no parameter 'depth'"),
        ("tuning.space={xgboost: {max_depth: {low: 9, high: 2}}}", "max_depth"),
        ("tuning.pruning=luck", "median"),
        ("tuning.trials=0", "greater than or equal to 1"),
        ("training.metric=speed", "auc"),
        ("tuning.split=time", "no time to split by"),
        ("training.params={logistic_regression: {C: 1.0}}", "both fixed and searched"),
        ("training.families=[logistic_regression, knn]", "which family"),
    ],
)
def test_settings_that_cannot_be_are_refused_before_a_study_begins(
    more: str, match: str, tune_small: Tune, tmp_path: Path
) -> None:
    with pytest.raises(SettingsError, match=match):
        tune_small(more)
    assert not (tmp_path / "study" / "study.log").exists()


def test_folds_by_time_train_on_the_past(sites: Path) -> None:
    settings = settings_for(None, overrides=options(sites, "tuning.split=time")).settings
    schema = Schema.from_dict(
        {
            "name": "events",
            "columns": [
                {"name": "when", "type": "timestamp", "role": "context"},
                {"name": "size", "type": "number"},
                {"name": "bad", "type": "boolean", "role": "label"},
            ],
            "label": {"column": "bad", "positive": True, "negative": False},
            "time": "when",
        }
    )
    rng = np.random.default_rng(0)
    when = rng.permutation(200)
    y = rng.random(200) < 0.5
    table = pa.table(
        {
            "when": pa.array(when, pa.timestamp("us", "UTC")),
            "size": rng.integers(0, 50, 200).astype(float),
            "bad": y,
        }
    )
    folds = tuning._folds(settings, table, schema, y)
    assert len(folds) == 3
    sizes = np.asarray(table.column("size"))
    for train, test in folds:
        assert when[train].max() < when[test].min()
        assert not set(sizes[train]) & set(sizes[test])


def command(sites: Path, *more: str) -> list[str]:
    sets = [part for each in options(sites)[:-2] for part in ("--set", each)]
    return ["tune", *sets, "--set", SPACE, *more]


def test_the_command_prints_the_best_trials_and_where_the_files_are(
    sites: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run_command(command(sites, "--trials", "4", "--seed", "5")) == 0
    said = capsys.readouterr().out
    assert "trials:   4, of which" in said
    assert "studies/phishing-logistic_regression/best.yml" in said
    assert run_command(command(sites, "--family", "nobody", "--trials", "1")) == 2
    assert run_command(command(sites, "--family", "soft_voting")) == 2
    assert run_command(command(sites, "--scheduler", "nowhere", "--out", "elsewhere")) == 21
    assert "no Dask scheduler answers" in capsys.readouterr().err


HEARING = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # who started the tests may have it ignored
from garrison.cli import main
main()
"""


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_command_ends_its_workers_and_says_how_to_go_on(
    stop: signal.Signals, sites: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    study = tmp_path / "study"
    arguments = command(sites, "--trials", "3000", "--workers", "2", "--out", str(study))
    process = subprocess.Popen(
        [sys.executable, "-c", HEARING, *arguments],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
    )
    log, deadline = study / "study.log", time.monotonic() + 90
    while not log.exists() or log.read_bytes().count(b"\n") < 40:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    workers = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(stop)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "give the same command again" in said
    assert "Traceback" not in said
    _, alive = psutil.wait_procs(workers, timeout=15)
    assert not alive
    made: Any = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    assert len(made) >= 40
    again = command(sites, "--trials", "5", "--out", str(study))
    assert run_command(again) == 0
