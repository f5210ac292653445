"""What can only be raised never lowers the score, whatever follows from it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from small_attacks import FEATURES, changeable_flows

from garrison.data.schema import Schema
from garrison.defences import Draft, Monotone
from garrison.errors import ModelError, SchemaError

EVENTS = changeable_flows(300, seed=31).drop_columns(["bad"])


def raised(events: pa.Table, seed: int) -> pa.Table:
    """Flows of more packets and bytes, a lower level, and all that follows."""
    draw = np.random.default_rng(seed)
    rows: list[dict[str, Any]] = events.to_pylist()
    for row in rows:
        row["packets"] += int(draw.integers(0, 100))
        row["bytes"] = max(row["bytes"], 20 * row["packets"]) + int(draw.integers(0, 20_000))
        row["mean"], row["rate"] = row["bytes"] / row["packets"], row["packets"] / row["seconds"]
        row["level"] = 0 if draw.random() < 0.5 else row["level"]
    return pa.Table.from_pylist(rows, schema=events.schema)


@pytest.mark.parametrize("family", Monotone.families())
def test_raising_brings_nothing(family: str, drafted: Callable[..., Draft]) -> None:
    draft = drafted(family)
    plain, bound = draft.detector(), Monotone().apply(draft).detector()
    lower = [(each.score(raised(EVENTS, 1)) < each.score(EVENTS) - 1e-12).sum() for each in (plain, bound)]
    assert lower[0] > 20
    assert lower[1] == 0
    assert ((bound.score(EVENTS) >= 0.5) == (plain.score(EVENTS) >= 0.5)).mean() > 0.8


def test_what_follows_is_hidden_and_told(drafted: Callable[..., Draft]) -> None:
    made = Monotone().apply(drafted())
    (note,) = made.notes
    assert note.facts["directions"] == {"packets": 1, "bytes": 1, "level": -1}
    assert set(note.facts["hidden"]) == {"mean", "rate", "share"}
    assert Monotone(hide=False).apply(drafted()).hidden == ()


def test_another_family_is_refused_with_those_that_fit(drafted: Callable[..., Draft]) -> None:
    with pytest.raises(ModelError, match="xgboost, lightgbm") as caught:
        Monotone().apply(drafted("random_forest"))
    assert "takes no monotone constraints" in caught.value.what


def test_features_that_can_go_both_ways_are_no_work_for_it(drafted: Callable[..., Draft]) -> None:
    facts = {**FEATURES, "relations": [], "columns": [dict(each) for each in FEATURES["columns"]]}
    for column in facts["columns"]:
        if "attacker" in column:
            column["attacker"] = {"change": "both"}
    with pytest.raises(SchemaError, match="only raise"):
        Monotone().apply(replace(drafted(), schema=Schema.from_dict(facts)))
