"""A run that is resumed publishes once, and is measured against what was there before it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from garrison.errors import NotAccepted, UsageError
from garrison.pipelines.outcome import Outcome
from garrison.pipelines.phishing import resume_phishing
from garrison.registry import LocalRegistry, judgement_of, promote_judged

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
    assert [version.version for version in LocalRegistry(other).versions("phishing")] == [1]


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
