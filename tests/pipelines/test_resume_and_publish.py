"""A run that is resumed publishes once, and is measured against what was there before it."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from garrison.cli.main import run_command
from garrison.errors import NotAccepted, UsageError
from garrison.pipelines.outcome import Outcome
from garrison.pipelines.phishing import resume_phishing
from garrison.registry import JUDGEMENT, LocalRegistry, judgement_of, promote_judged

RunSmall = Callable[..., Outcome]


def test_resumed_finished_run_pushes_nothing_twice(run_small: RunSmall, tmp_path: Path) -> None:
    run_small(name="once")
    again = resume_phishing("once", workspace=tmp_path / "work")
    assert again.accepted is True
    registry = LocalRegistry(tmp_path / "work" / "models")
    assert [version.version for version in registry.versions("phishing", "experimental")] == [1]


def test_until_the_last_stage_is_the_whole_run(run_small: RunSmall, tmp_path: Path) -> None:
    assert run_small(until="pusher").accepted is True
    assert LocalRegistry(tmp_path / "work" / "models").current("phishing") is not None


def test_resumed_run_is_not_measured_against_its_own_model(run_small: RunSmall, tmp_path: Path) -> None:
    run_small(name="once")
    for change in ("evaluation.margin=0.001", "training.families=[lightgbm]", "evaluation.margin=0.0011"):
        again = resume_phishing("once", workspace=tmp_path / "work", overrides=[change])
        assert again.accepted is True, again.verdict


def test_resumed_run_sends_nothing_twice_to_another_place(run_small: RunSmall, tmp_path: Path) -> None:
    other = tmp_path / "other"
    run_small(f"pusher.to=[{other}]", name="sent")
    resume_phishing("sent", workspace=tmp_path / "work")
    (version,) = LocalRegistry(other).versions("phishing")
    assert version.version == 1
    assert version.record.metrics, "its figures go along"
    assert version.record.facts[JUDGEMENT]


def test_a_candidate_that_misses_a_gate_stays_out_until_somebody_says_why(
    run_small: RunSmall, tmp_path: Path
) -> None:
    outcome = run_small(
        "gates={auc: '>= 0.9999', brier: '<= 0.9'}", "training.families=[logistic_regression]"
    )
    assert outcome.accepted is False
    assert "it misses the gate auc >= 0.9999" in outcome.verdict
    facts = json.loads((outcome.folder / "report.json").read_text(encoding="utf-8"))
    assert [(gate["name"], gate["bound"], gate["passed"]) for gate in facts["gates"]] == [
        ("auc", ">= 0.9999", False),
        ("brier", "<= 0.9", True),
    ]
    assert facts["gates"][0]["value"] == pytest.approx(facts["measures"]["auc"])
    assert outcome.report is not None
    page = outcome.report.read_text(encoding="utf-8")
    assert "May it go into production?" in page
    assert "missed" in page
    registry = LocalRegistry(tmp_path / "work" / "models")
    assert registry.current("phishing") is None
    (version,) = registry.versions("phishing", "experimental")
    judgement = judgement_of(version.record)
    assert judgement is not None
    assert [gate.model_dump() for gate in judgement.gates] == facts["gates"]
    with pytest.raises(NotAccepted, match=r"misses the gate auc >= 0\.9999"):
        promote_judged(registry, "phishing", 1)
    promote_judged(registry, "phishing", 1, force=True, reason="to have something to compare with")
    assert registry.history("phishing")[-1].overruled


def test_hidden_password_is_asked_for_again(run_small: RunSmall) -> None:
    with pytest.raises(UsageError, match="hide the store's password"):
        run_small("ingestion.data='mongodb://reader:***@db.example/sites'")


@pytest.mark.parametrize("named", [True, False])
def test_no_finished_stage_is_made_again_wherever_the_features_file_was_found(
    sites: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: bool
) -> None:
    """The settings that a run keeps name it by its whole path."""
    monkeypatch.chdir(sites.parent)
    data = [f"--data={sites}", "--features=small.json"] if named else ["--data=phishing_embedded"]
    monkeypatch.setattr(sys, "argv", ["garrison", *data, "--until=validation"])
    command = ["run", "phishing", *data, "--name=first", "--until=validation", "--set=tracking.enabled=false"]
    assert run_command(command) == 0
    stages = tmp_path / "runs/first/stages"
    made = {path: path.stat().st_mtime_ns for path in stages.rglob("*") if path.is_file()}
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    monkeypatch.setattr(sys, "argv", ["garrison", "--resume=first"])
    again = ["run", "phishing", "--resume=first", "--until=transformation", f"--workspace={tmp_path}"]
    assert run_command(again) == 0
    assert {path: path.stat().st_mtime_ns for path in made} == made
    record = json.loads((tmp_path / "runs/first/run.json").read_text(encoding="utf-8"))
    assert "--until=validation" in record["command"], "the command that gave the settings"
    log = (tmp_path / "runs/first/log.jsonl").read_text(encoding="utf-8")
    assert log.count('"event": "stage read back"') == 2
    monkeypatch.setattr(sys, "argv", ["garrison", "--resume=first", "--set=seed=7"])
    assert run_command([*again, "--set=seed=7"]) == 0
    record = json.loads((tmp_path / "runs/first/run.json").read_text(encoding="utf-8"))
    assert "seed=7" in record["command"]


def test_a_run_killed_before_its_report_writes_the_page_of_an_unbroken_one(
    run_small: RunSmall, tmp_path: Path
) -> None:
    """The stages are read back, and the model is in production already."""
    whole = run_small(name="once")
    assert whole.report is not None
    pages = [whole.report, whole.folder / "report.json"]
    before = [page.read_bytes() for page in pages]
    for page in pages:
        page.unlink()
    again = resume_phishing("once", workspace=tmp_path / "work")
    assert [page.read_bytes() for page in pages] == before
    assert (again.model, again.results) == (whole.model, whole.results)
