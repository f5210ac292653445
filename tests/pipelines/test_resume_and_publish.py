"""A run that is resumed publishes once, and is measured against what was there before it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from garrison.errors import UsageError
from garrison.pipelines.outcome import Outcome
from garrison.pipelines.phishing import resume_phishing
from garrison.registry import LocalRegistry

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


def test_hidden_password_is_asked_for_again(run_small: RunSmall) -> None:
    with pytest.raises(UsageError, match="hide the store's password"):
        run_small("ingestion.data='mongodb://reader:***@db.example/sites'")
