"""The phishing pipeline as a whole: its artifacts, its verdicts, its digests."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from garrison.detection import load_detector
from garrison.errors import CheckFailed, SettingsError, UsageError
from garrison.pipelines.detection import STAGES
from garrison.pipelines.outcome import Outcome
from garrison.pipelines.phishing import resume_phishing, run_phishing, settings_for
from garrison.registry import LocalRegistry
from garrison.run.folder import RunFolder

RunSmall = Callable[..., Outcome]


def stage_digests(run: Path) -> dict[str, str]:
    return {name: (run / "stages" / name / "artifact.json").read_text(encoding="utf-8") for name in STAGES}


def test_run_ends_in_a_production_model_and_a_report(run_small: RunSmall, tmp_path: Path) -> None:
    outcome = run_small()
    assert outcome.accepted is True
    assert outcome.report is not None
    assert outcome.report.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    current = LocalRegistry(tmp_path / "work" / "models").current("phishing")
    assert current is not None
    assert load_detector(current.detector).name == "phishing"
    record = json.loads((outcome.folder / "run.json").read_text(encoding="utf-8"))
    assert record["status"] == "finished"
    assert set(record["stages"]) == set(STAGES)
    assert record["metrics"]["auc"] > 0.7


def test_two_runs_with_one_seed_are_equal_to_the_byte(run_small: RunSmall) -> None:
    first, second = run_small(workspace="one"), run_small(workspace="two")
    assert first.results == second.results
    assert stage_digests(first.folder) == stage_digests(second.folder)


def test_another_seed_gives_another_split(run_small: RunSmall) -> None:
    first, second = run_small(workspace="one"), run_small("seed=1", workspace="two")
    assert stage_digests(first.folder)["ingestion"] != stage_digests(second.folder)["ingestion"]


def test_equal_candidate_is_not_accepted_and_production_stays(run_small: RunSmall, tmp_path: Path) -> None:
    run_small()
    again = run_small()
    assert again.accepted is False
    assert "not all of it above 0" in again.verdict
    registry = LocalRegistry(tmp_path / "work" / "models")
    current = registry.current("phishing")
    assert current is not None
    assert current.version == 1
    assert [version.version for version in registry.versions("phishing", "experimental")] == [1, 2]


def test_better_candidate_replaces_production(run_small: RunSmall, tmp_path: Path) -> None:
    run_small("training.families=[knn]", "training.params={knn: {neighbours: 120}}", "evaluation.metric=auc")
    better = run_small("evaluation.metric=auc")
    assert better.accepted is True
    current = LocalRegistry(tmp_path / "work" / "models").current("phishing")
    assert current is not None
    assert current.version == 2


def test_until_stops_after_a_stage_and_resume_goes_on(run_small: RunSmall, tmp_path: Path) -> None:
    stopped = run_small(name="bit-by-bit", until="transformation")
    assert stopped.stopped_after == "transformation"
    assert not (stopped.folder / "stages" / "training").exists()
    whole = resume_phishing("bit-by-bit", workspace=tmp_path / "work")
    assert whole.accepted is True
    assert stage_digests(whole.folder) == stage_digests(run_small(workspace="unbroken").folder)


@pytest.mark.parametrize("stage", STAGES)
def test_interrupted_stage_leaves_nothing_half_made(
    stage: str, run_small: RunSmall, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unbroken = run_small(workspace="unbroken")
    functions = {
        "ingestion": "ingest_events",
        "validation": "validate_events",
        "transformation": "transform_events",
        "training": "train_models",
        "evaluation": "evaluate_candidate",
        "pusher": "package_detector",
    }

    def interrupted(*_args: object, **_kwargs: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(f"garrison.pipelines.detection.{functions[stage]}", interrupted)
        with pytest.raises(KeyboardInterrupt):
            run_small(name="broken")
    folder = tmp_path / "work" / "runs" / "broken"
    assert json.loads((folder / "run.json").read_text(encoding="utf-8"))["status"] == "interrupted"
    made = {path.name for path in (folder / "stages").iterdir()} if (folder / "stages").exists() else set()
    assert made == set(STAGES[: STAGES.index(stage)])
    assert list(folder.rglob("*.part")) == []
    resumed = resume_phishing("broken", workspace=tmp_path / "work")
    assert resumed.accepted is True
    assert stage_digests(resumed.folder) == stage_digests(unbroken.folder)


def test_failed_check_stops_the_run(run_small: RunSmall) -> None:
    with pytest.raises(CheckFailed, match="rows: 400") as caught:
        run_small("validation.least_rows=1000")
    assert caught.value.exit_code == 3
    assert Path(caught.value.where).is_file()


def test_failed_check_stops_a_run_that_ends_there_anyway(run_small: RunSmall) -> None:
    with pytest.raises(CheckFailed):
        run_small("validation.least_rows=1000", until="validation")


def test_failed_check_can_be_overruled(run_small: RunSmall) -> None:
    outcome = run_small("validation.least_rows=1000", "validation.on_failure=continue")
    assert any("check" in caveat for caveat in outcome.caveats)


def test_no_group_stands_on_both_sides_of_the_split(run_small: RunSmall) -> None:
    outcome = run_small(until="validation")
    found = yaml.safe_load((outcome.folder / "stages" / "validation" / "validation.yml").read_text("utf-8"))
    checks = {check["name"]: check for check in found["checks"]}
    assert checks["groups kept together"]["passed"] is True
    assert checks["groups kept together"]["found"].startswith("0 groups on both sides")


def test_drift_is_measured_against_a_reference_file(run_small: RunSmall, sites: Path) -> None:
    outcome = run_small(f"validation.reference={sites}", until="validation")
    found = yaml.safe_load((outcome.folder / "stages" / "validation" / "validation.yml").read_text("utf-8"))
    assert found["reference"] == "sites.csv against all rows"


def test_importance_is_measured_though_a_class_is_rare(
    run_small: RunSmall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("garrison.pipelines.stages.evaluation.IMPORTANCE_ROWS", 1)
    assert run_small("training.families=[logistic_regression]").accepted is True


def test_unknown_stage_and_family_are_refused(run_small: RunSmall) -> None:
    with pytest.raises(UsageError, match="no stage 'trainin'"):
        run_small(until="trainin")
    with pytest.raises(SettingsError, match="lightgbn"):
        run_small("training.families=[lightgbn]")


def test_two_runs_in_one_folder_at_once(run_small: RunSmall, sites: Path, tmp_path: Path) -> None:
    from garrison.errors import RunBusy

    run_small(name="held", until="ingestion")
    with RunFolder.open(tmp_path / "work" / "runs" / "held"), pytest.raises(RunBusy):
        resume_phishing("held", workspace=tmp_path / "work")


def test_password_in_a_store_url_is_kept_nowhere(tmp_path: Path) -> None:
    from garrison.errors import StoreError

    loaded = settings_for(
        None,
        overrides=["ingestion.data='mongodb://reader:hunter2@127.0.0.1:9/db?serverSelectionTimeoutMS=200'"],
    )
    with pytest.raises(StoreError) as caught:
        run_phishing(loaded, workspace=tmp_path, name="secret")
    assert "hunter2" not in str(caught.value)
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or b"hunter2" not in path.read_bytes(), path
