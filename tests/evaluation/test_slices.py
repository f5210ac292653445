"""Quality by slice against the metrics of the slice alone, counted by hand and by the room's own formulas."""

import json

import numpy as np
import pytest
from numpy.typing import NDArray

from garrison.errors import DataError, SchemaError
from garrison.evaluation import (
    AttackRow,
    ValueRow,
    by_attack,
    by_value,
    confusion,
    metric,
    recall_at_fpr,
    wilson,
)

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

SEPARATION = {"dos": 3.0, "probe": 1.5, "worm": 0.0}


def traffic(rows: int = 3_000) -> tuple[Bools, Floats, NDArray[np.object_]]:
    generator = np.random.default_rng(7)
    kind = generator.choice(["", "dos", "probe", "worm"], size=rows, p=[0.6, 0.25, 0.12, 0.03])
    shift = np.array([SEPARATION.get(name, -1.0) for name in kind])
    p = 1 / (1 + np.exp(-generator.normal(shift, 1.2)))
    return kind != "", np.round(p, 3), kind.astype(object)


def test_each_kind_is_measured_as_if_it_were_alone_with_all_benign_rows() -> None:
    y, p, attacks = traffic()
    found = by_attack(y, p, attacks, threshold=0.6)
    assert [row.attack for row in found] == ["dos", "probe", "worm"]
    assert sum(row.rows for row in found) == y.sum()
    for row in found:
        alone = ~y | (attacks == row.attack)
        assert row.rows == (attacks == row.attack).sum()
        assert row.caught == confusion(y[alone], p[alone], threshold=0.6).true_positives
        assert row.recall.value == row.caught / row.rows
        for rate in (0.01, 0.001):
            assert row.recall_at_fpr[f"recall@fpr={rate:g}"] == recall_at_fpr(y[alone], p[alone], rate)
        assert row.auc == pytest.approx(metric("auc")(y[alone], p[alone]), abs=1e-12)
        assert row.mean_score == pytest.approx(p[attacks == row.attack].mean())


def test_without_groups_the_interval_is_wilsons() -> None:
    y, p, attacks = traffic()
    for row in by_attack(y, p, attacks, threshold=0.6):
        low, high = wilson(row.caught / row.rows, row.rows)
        assert [row.recall.low, row.recall.high] == [float(low), float(high)]
        assert row.recall.method == f"Wilson, {row.rows} rows"


def test_groups_widen_the_interval_and_seeds_repeat_it() -> None:
    y, p, attacks = traffic()
    groups = np.repeat(np.arange(y.size), 20)
    # Twenty copies of each row say no more than one of them.
    y, p, attacks = np.repeat(y, 20), np.repeat(p, 20), np.repeat(attacks, 20)
    alone = by_attack(y, p, attacks, threshold=0.6)
    grouped = by_attack(y, p, attacks, threshold=0.6, groups=groups, seed=3)
    for one, other in zip(alone, grouped, strict=True):
        assert one.recall.value == other.recall.value
        assert other.recall.high - other.recall.low > 3 * (one.recall.high - one.recall.low)
    assert grouped == by_attack(y, p, attacks, threshold=0.6, groups=groups, seed=3)
    assert grouped != by_attack(y, p, attacks, threshold=0.6, groups=groups, seed=4)


def test_a_kind_that_is_caught_whole_is_not_certain() -> None:
    y = np.array([False] * 5 + [True] * 6)
    p = np.where(y, 0.9, 0.1)
    attacks = np.where(y, "worm", "")
    grouped = by_attack(y, p, attacks, threshold=0.5, groups=np.repeat([0, 1, 2], [5, 3, 3]))[0]
    assert grouped.recall.value == 1
    assert grouped.recall.low == pytest.approx(float(wilson(1.0, 2)[0]))
    assert "2 groups" in grouped.recall.method


def test_a_positive_row_without_a_name_is_unnamed_and_benign_names_are_not_read() -> None:
    names: list[str | None] = ["Normal", None, "", None, "dos"]
    found = by_attack([0, 0, 1, 1, 1], [0.1, 0.2, 0.9, 0.1, 0.8], np.array(names, object), threshold=0.5)
    assert [(row.attack, row.rows) for row in found] == [("unnamed", 2), ("dos", 1)]


def test_ties_and_a_detector_without_false_alarms() -> None:
    y, p = np.array([0, 0, 1, 1]), np.array([0.5, 0.5, 0.5, 0.6])
    row = by_attack(y, p, ["", "", "a", "a"], threshold=0.5)[0]
    assert (row.recall.value, row.recall_at_fpr["recall@fpr=0.01"], row.auc) == (1.0, 0.5, 0.75)


def test_values_are_counted_as_their_confusion_matrix_says() -> None:
    y, p, _ = traffic()
    services = np.random.default_rng(1).choice(["http", "dns", "ssh"], size=y.size, p=[0.7, 0.2, 0.1])
    found = by_value(y, p, services, name="service", threshold=0.6)
    assert [row.value for row in found] == ["http", "dns", "ssh"]
    for row in found:
        mine = services == row.value
        counts = confusion(y[mine], p[mine], threshold=0.6)
        assert row.false_alarms == counts.false_positives
        assert row.recall == counts.recall
        assert row.false_positive_rate == counts.false_positive_rate
        assert row.precision == counts.true_positives / (counts.true_positives + counts.false_positives)
        assert (row.rows, row.positives) == (mine.sum(), y[mine].sum())


def test_rare_values_are_pooled_and_no_row_is_lost() -> None:
    y, p, _ = traffic()
    ports = np.random.default_rng(2).geometric(0.2, size=y.size)
    found = by_value(y, p, ports, name="port", threshold=0.6, least_rows=100, most=3)
    assert [row.pooled > 0 for row in found] == [False, False, False, True]
    assert found[-1].title == f"other ({np.unique(ports).size - 3} values)"
    assert sum(row.rows for row in found) == y.size
    assert sum(row.positives for row in found) == y.sum()
    assert sum(row.false_alarms for row in found) == confusion(y, p, threshold=0.6).false_positives


def test_what_is_undefined_is_none_and_missing_is_a_value() -> None:
    values = np.array(["a", "a", None, float("nan"), "other"], object)
    found = by_value(
        [0, 0, 1, 1, 0], [0.1, 0.2, 0.9, 0.2, 0.9], values, name="s", threshold=0.5, least_rows=1
    )
    rows = {row.title: row for row in found}
    assert (rows["a"].precision, rows["a"].recall, rows["a"].false_positive_rate) == (None, None, 0.0)
    assert (rows["missing"].rows, rows["missing"].recall, rows["missing"].false_positive_rate) == (
        2,
        0.5,
        None,
    )
    assert rows["other"].pooled == 0


def test_rows_survive_json() -> None:
    y, p, attacks = traffic()
    rows = by_attack(y, p, attacks, threshold=0.6)
    assert tuple(AttackRow.from_dict(json.loads(json.dumps(row.to_dict()))) for row in rows) == rows
    values = by_value(y, p, attacks, name="kind", threshold=0.6, most=2)
    assert tuple(ValueRow.from_dict(json.loads(json.dumps(row.to_dict()))) for row in values) == values


def test_wrong_arguments_are_refused() -> None:
    with pytest.raises(DataError, match="values have shape"):
        by_attack([0, 1], [0.1, 0.9], ["", "", "dos"], threshold=0.5)
    with pytest.raises(DataError, match="groups have shape"):
        by_attack([0, 1], [0.1, 0.9], ["", "dos"], threshold=0.5, groups=[1])
    with pytest.raises(SchemaError):
        by_attack([1, 1], [0.1, 0.9], ["dos", "dos"], threshold=0.5)
    with pytest.raises(DataError, match="values have shape") as caught:
        by_value([0, 1], [0.1, 0.9], ["http"], name="service", threshold=0.5)
    assert "service" in caught.value.where


def test_one_long_value_does_not_make_room_for_itself_in_every_row() -> None:
    """Two megabytes in one cell of a log would be forty gigabytes as text of fixed width."""
    values = np.array(["http"] * 20_000 + ["x" * 2_000_000], dtype=object)
    y = np.arange(len(values)) % 2 == 0
    rows = by_value(y, y * 0.5, values, name="service", threshold=0.4, least_rows=1)
    assert [row.rows for row in rows] == [20_000, 1]
    assert len(rows[1].title) < 300
    assert by_attack(y, y * 0.5, values, threshold=0.4, repeats=50)[0].attack == "http"
