"""Rows with wrong labels are left out, and hardly any others."""

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest
from small_attacks import SCHEMA, changeable_flows

from garrison.defences import Draft, Sanitising
from garrison.errors import SettingsError
from garrison.evaluation import metric


@pytest.mark.parametrize("method", ["loss", "neighbours"])
def test_flipped_labels_are_found_and_the_model_gains(method: str, drafted: Callable[..., Draft]) -> None:
    events = changeable_flows(1_200, seed=17)
    right = events.column("bad").to_numpy()
    wrong = np.random.default_rng(5).random(len(right)) < 0.15
    given = events.set_column(
        events.column_names.index("bad"), "bad", pa.array(np.where(wrong, 1 - right, right))
    )
    draft = drafted(events=given)
    truth = dict(
        zip(
            zip(*(events.column(name).to_pylist() for name in ("bytes", "seconds")), strict=True),
            right,
            strict=True,
        )
    )

    def mistaken(made: Draft) -> tuple[int, int]:
        known = made.learnt.events
        keys = zip(*(known.column(name).to_pylist() for name in ("bytes", "seconds")), strict=True)
        wrong = [
            truth[key] != label for key, label in zip(keys, known.column("bad").to_pylist(), strict=True)
        ]
        return sum(wrong), len(wrong)

    least = 0.2 if method == "loss" else 0.35
    made = Sanitising(method=method, least=least, most=0.3).apply(draft)
    (bad_before, rows_before), (bad_after, rows_after) = mistaken(draft), mistaken(made)
    left_out = rows_before - rows_after
    assert made.notes[0].facts["malicious"] + made.notes[0].facts["benign"] == left_out > 0
    assert bad_before - bad_after > 0.5 * left_out
    assert bad_after < 0.6 * bad_before
    test = SCHEMA.validate(changeable_flows(800, seed=99)).table
    y = SCHEMA.labels(test)
    before, after = (
        metric("auc")(y, each.fit().score(each.processor.transform(test)), 0.5) for each in (draft, made)
    )
    assert after > before


def test_no_more_than_most_are_left_out(drafted: Callable[..., Draft]) -> None:
    made = Sanitising(least=1.0, most=0.1).apply(drafted())
    rows = made.notes[0].facts["rows"]
    assert rows - len(made.learnt.y) == int(0.1 * rows)
    assert len(made.weights) == len(made.learnt.y)


def test_an_unknown_method_is_refused() -> None:
    with pytest.raises(SettingsError, match="one of loss, neighbours"):
        Sanitising(method="magic")
