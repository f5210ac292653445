"""What is left out changes no score, and is what a cheap attacker can move."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from small_attacks import changeable_flows

from garrison.defences import Draft, RobustFeatures
from garrison.defences.reach import movable_inputs
from garrison.errors import ModelError


def test_the_draft_that_detects_most_at_the_allowed_price_is_kept(drafted: Callable[..., Draft]) -> None:
    made = RobustFeatures(epsilon=3.0, loss=0.3, check=40, shares=(0.5, 1.0)).apply(drafted())
    facts = made.notes[0].facts
    allowed = [each for each in facts["tried"] if each["f1"] >= facts["tried"][0]["f1"] - 0.3]
    kept = next(each for each in facts["tried"] if sorted(each["hidden"]) == sorted(facts["hidden"]))
    assert kept["detected"] == max(each["detected"] for each in allowed)
    assert kept["detected"] > facts["tried"][0]["detected"] + 0.1
    names = made.processor.names
    assert {names[place] for place in made.hidden} <= {names[place] for place in movable_inputs(made)}
    assert not {names.index("errors"), names.index("proto=tcp")} & {*movable_inputs(made)}
    X = made.processor.transform(changeable_flows(100, seed=2))
    other = X.copy()
    other[:, list(made.hidden)] = np.random.default_rng(0).normal(size=(100, len(made.hidden))) * 1e4
    model = made.fit()
    assert (model.score(X) == model.score(other)).all()


def test_no_loss_allowed_leaves_all_in_where_each_costs(drafted: Callable[..., Draft]) -> None:
    made = RobustFeatures(epsilon=1.0, loss=0.0, check=20, shares=(1.0,)).apply(drafted())
    first, last = made.notes[0].facts["tried"]
    assert last["f1"] < first["f1"]
    assert made.hidden == ()


def test_a_family_that_cannot_leave_inputs_out_is_refused(drafted: Callable[..., Draft]) -> None:
    with pytest.raises(ModelError, match="cannot leave inputs out"):
        replace(drafted("logistic_regression"), hidden=(3, 4)).fit()
