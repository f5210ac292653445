"""Learning from attacks makes attacks fail, on events that nobody learnt from."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from small_attacks import can_be, changeable_flows

from garrison.attacks.evasion import Boundary, LeafWalk, Targets
from garrison.defences import AdversarialTraining, Draft
from garrison.defences.reach import imitations, spreads
from garrison.detection import Detector

SMALL: dict[str, Any] = {"epsilon": 1.0, "rounds": 3, "pool": 6, "sharp": 80, "check": 60, "loss": 0.05}


@pytest.fixture(scope="module")
def made(drafted: Callable[..., Draft]) -> tuple[Draft, Draft]:
    draft = drafted()
    return draft, AdversarialTraining(**SMALL).apply(draft)


def test_attacks_from_scratch_on_other_events_fail_more_often(made: tuple[Draft, Draft]) -> None:
    events = changeable_flows(300, seed=23)
    unit = spreads(made[0])
    for kind in (LeafWalk, Boundary):
        left = []
        for draft in made:
            detector = draft.detector()
            targets = Targets.of(detector, events, rows=60, spreads=unit)
            left.append(kind(detector, epsilon=1.0).run(targets, raw=False).detection_after)
        assert left[1] > left[0] + 0.15, kind.name


def test_the_price_on_events_kept_aside_is_within_what_was_allowed(made: tuple[Draft, Draft]) -> None:
    (note,) = made[1].notes
    first, *later = note.facts["rounds"]
    assert made[1].added is not None
    kept = next(each for each in later if each["added"] == len(made[1].added))
    assert kept["f1"] >= first["f1"] - SMALL["loss"]
    assert kept["detected"] == max(each["detected"] for each in later if each["f1"] >= first["f1"] - 0.05)
    assert made[1].aside is made[0].aside


def test_where_no_loss_is_allowed_nothing_dearer_is_kept(drafted: Callable[..., Draft]) -> None:
    made = AdversarialTraining(**{**SMALL, "loss": 0.0, "rounds": 1}).apply(drafted())
    first, last = made.notes[0].facts["rounds"]
    assert (made.added is None) == (last["f1"] < first["f1"] or last["detected"] <= first["detected"])


def test_equal_seeds_give_equal_models(drafted: Callable[..., Draft]) -> None:
    small = {**SMALL, "rounds": 1, "sharp": 20, "check": 20}
    one, other = (AdversarialTraining(**small).apply(drafted()) for _ in range(2))
    assert one.fit().files() == other.fit().files()


def test_models_with_gradients_are_trained_against_them(drafted: Callable[..., Draft]) -> None:
    draft = drafted("mlp")
    small = {**SMALL, "rounds": 1, "sharp": 8, "check": 12, "loss": 1.0}
    facts = AdversarialTraining(**small).apply(draft).notes[0].facts
    assert facts["rounds"][1]["detected"] > facts["rounds"][0]["detected"]


def test_imitations_can_be_and_cost_no_more_than_allowed(
    before: Callable[[str], Detector], drafted: Callable[..., Draft]
) -> None:
    detector = before("xgboost")
    targets = Targets.of(detector, changeable_flows(200, seed=3), rows=20, spreads=spreads(drafted()))
    X, origin = imitations(detector, targets, norm="linf", epsilon=0.5, each=5, seed=1)
    assert len(X) == len(origin) > 20
    names = detector.processor.names
    old = detector.processor.transform(targets.rows.table)[targets.chosen[origin]]
    for before_, after in zip(old, X, strict=True):
        one, two = (dict(zip(names, row, strict=True)) for row in (before_, after))
        assert two["packets"] >= one["packets"]
        assert two["bytes"] >= one["bytes"]
        assert np.isclose(two["mean"], two["bytes"] / two["packets"])
        assert two["errors"] == one["errors"]


def test_what_an_attack_made_is_events_that_can_be_and_pass(before: Callable[[str], Detector]) -> None:
    detector = before("xgboost")
    targets = Targets.of(detector, changeable_flows(200, seed=7), rows=20)
    events, of = LeafWalk(detector, cheapest=False).made(targets)
    assert events.num_rows == len(of) > 5
    assert not detector.verdict(events).any()
    rows = targets.chosen[of]
    origin = targets.rows.events(targets.rows.Z[rows], rows, changed=range(len(targets.rows.columns)))
    assert all(can_be(old, new) for old, new in zip(origin.to_pylist(), events.to_pylist(), strict=True))
