"""What is unlike all that was learnt from is flagged, and attackers meet the combined verdict."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from small_attacks import changeable_flows

from garrison.attacks.evasion import LeafWalk, Targets, fitting
from garrison.defences import Draft, Rejection, fortify
from garrison.detection import Detector, load_detector, save_detector
from garrison.detection.families.screened import ScreenedModel
from garrison.errors import ModelError


@pytest.fixture(scope="module")
def made(drafted: Callable[..., Draft]) -> tuple[Draft, Detector]:
    draft = Rejection(share=0.05, trees=30, samples=128).apply(drafted())
    return draft, draft.detector()


def screen_of(detector: Detector) -> ScreenedModel:
    assert isinstance(detector.model, ScreenedModel)
    return detector.model


def test_no_more_benign_events_are_stopped_than_the_share(made: tuple[Draft, Detector]) -> None:
    draft, detector = made
    stopped = screen_of(detector).stopped(draft.aside.X[~draft.aside.y])
    assert 0 < stopped.mean() <= 0.05


def test_what_never_occurs_is_flagged_whatever_the_model_says(made: tuple[Draft, Detector]) -> None:
    draft, detector = made
    plain = draft.detector().model
    assert isinstance(plain, ScreenedModel)
    far = np.tile(draft.aside.X[~draft.aside.y].max(axis=0) * 50, (3, 1))
    assert screen_of(detector).stopped(far).all()
    assert (detector.model.score(far) >= 1 - 1e-6).all()
    assert detector.threshold.value < 1 - 1e-6


def test_an_attack_knows_the_screen_and_what_passes_passes_both(made: tuple[Draft, Detector]) -> None:
    _, detector = made
    assert "leaf_walk" in fitting(detector.model)
    targets = Targets.of(detector, changeable_flows(200, seed=7), rows=25)
    events, _ = LeafWalk(detector, cheapest=False).made(targets)
    X = detector.processor.transform(events)
    assert len(X) > 3
    assert not screen_of(detector).stopped(X).any()
    assert (screen_of(detector).model.score(X) < detector.threshold.value).all()


def test_the_saved_form_is_an_ordinary_detector(made: tuple[Draft, Detector], tmp_path: Path) -> None:
    _, detector = made
    save_detector(detector, tmp_path / "detector")
    loaded = load_detector(tmp_path / "detector")
    events = changeable_flows(60, seed=4).drop_columns(["bad"])
    assert loaded.family == "screened"
    assert loaded.score(events).tobytes() == detector.score(events).tobytes()


def test_a_screen_before_a_screen_is_refused(made: tuple[Draft, Detector]) -> None:
    draft = Draft.of(made[1], changeable_flows(300, seed=1))
    with pytest.raises(ModelError, match="cannot stand behind a screen"):
        fortify(draft, [Rejection()])
