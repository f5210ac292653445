"""What holds for every attack: what it makes can be, passes the detector itself, and is within the budget."""

from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from small_attacks import can_be, changeable_detector, changeable_flows

from garrison.attacks.evasion import ATTACKS, AttackResult, EvasionAttack, LeafWalk, Targets
from garrison.attacks.evasion.looked_at import Searched
from garrison.attacks.evasion.tree_inputs import just_above, tables_of
from garrison.attacks.flag import Flag
from garrison.data.schema import Schema
from garrison.detection import FAMILIES, Detector, Threshold
from garrison.errors import ModelError, UsageError
from garrison.features import TabularProcessor

MODELS: dict[str, dict[str, Any]] = {
    "xgboost": {"trees": 8, "max_depth": 3, "learning_rate": 0.4},
    "logistic_regression": {},
    "mlp": {"networks": 1, "layers": [8], "epochs": 20, "one_hot_levels": 2},
}
ROWS = [
    ("leaf_walk", "xgboost", 0.5),
    ("exact_trees", "xgboost", 0.5),
    ("gradient", "logistic_regression", 0.3),
    ("gradient", "mlp", 0.2),
    ("coordinate_search", "xgboost", 0.5),
    ("random_search", "mlp", 0.3),
    ("boundary", "xgboost", 0.4),
    ("transfer", "xgboost", 0.2),
]
"""Every attack, a model it fits, and the success that it has to have."""


@pytest.fixture(scope="module")
def detectors() -> dict[str, Detector]:
    return {family: changeable_detector(family, **params) for family, params in MODELS.items()}


class Watched:
    """What an attack claimed, with and without constraints, as it stood when it was counted."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seen: list[Searched] = []
        searched = EvasionAttack._searched

        def watch(attack: Any, *given: Any) -> Searched:
            found = searched(attack, *given)
            self.seen.append(found)
            return found

        monkeypatch.setattr(EvasionAttack, "_searched", watch)


def test_every_attack_is_in_the_table() -> None:
    assert {name for name, _, _ in ROWS} == {*ATTACKS}


@pytest.mark.parametrize("norm", ["linf", "l1"])
@pytest.mark.parametrize(("name", "family", "least"), ROWS)
def test_what_an_attack_makes_can_be_and_passes(
    name: str,
    family: str,
    least: float,
    norm: Any,
    detectors: dict[str, Detector],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    detector = detectors[family]
    targets = Targets.of(detector, changeable_flows(200, seed=7), rows=8)
    watched = Watched(monkeypatch)
    options: dict[str, Any] = {"boxes": 100} if name == "exact_trees" else {}
    epsilon = 2.0 if norm == "linf" else 4.0
    result = ATTACKS[name](detector, norm=norm, epsilon=epsilon, **options).run(targets, raw=False)
    hard = watched.seen[0]
    attacked = np.flatnonzero(targets.flagged & ~targets.broken)
    assert len(attacked) > 3
    at = targets.chosen[attacked]
    before = targets.rows.events(targets.rows.Z[at], at, changed=range(len(targets.rows.columns)))
    after = targets.rows.events(hard.Z, at, changed=range(len(targets.rows.columns)))
    passes = ~detector.verdict(after)  # through the schema, the processor and the model, as anybody's events
    for old, new, passed in zip(before.to_pylist(), after.to_pylist(), hard.passed, strict=True):
        if passed:
            assert can_be(old, new), (old, new)
    assert passes[hard.passed].all()
    done = [each for each in result.attacked if each.cost is not None]
    assert len(done) == hard.passed.sum()
    assert all(0 < each.cost <= epsilon * (1 + 1e-9) for each in done if each.cost is not None)
    if norm == "linf":
        assert result.success >= least
    assert result.detection_after == pytest.approx(result.detection_before * (1 - result.success))


@pytest.mark.parametrize(("name", "family"), [("leaf_walk", "xgboost"), ("boundary", "xgboost")])
def test_equal_seeds_give_equal_results(name: str, family: str, detectors: dict[str, Detector]) -> None:
    targets = Targets.of(detectors[family], changeable_flows(120, seed=5), rows=6)
    first, again = (ATTACKS[name](detectors[family], seed=4).run(targets, raw=False) for _ in range(2))
    assert first.outcomes == again.outcomes
    assert first.queries == again.queries


def test_the_first_that_passes_is_found_with_fewer_queries(detectors: dict[str, Detector]) -> None:
    targets = Targets.of(detectors["xgboost"], changeable_flows(200, seed=7), rows=12)
    first, cheapest = (
        LeafWalk(detectors["xgboost"], cheapest=way).run(targets, raw=False) for way in (False, True)
    )
    assert first.queries * 2 < cheapest.queries
    assert 0 < first.success <= cheapest.success
    assert (cheapest.median_cost or 9) <= (first.median_cost or 0)


def test_free_attackers_do_better_by_what_cannot_be(detectors: dict[str, Detector]) -> None:
    targets = Targets.of(detectors["xgboost"], changeable_flows(200, seed=7), rows=12)
    result = ATTACKS["leaf_walk"](detectors["xgboost"], epsilon=0.3).run(targets)
    assert result.raw_success >= result.success
    assert result.raw_impossible > 0.5


def least_by_trying_everything(detector: Detector, before: Any, units: Any) -> float:
    """The least cost of two columns that can be changed freely: every pair of values beside a threshold is tried."""
    places = [
        np.concatenate([[own], values, just_above(values)])
        for own, values in zip(before, tables_of(detector.model)[0].values(), strict=True)
    ]
    grid = np.array(np.meshgrid(*places)).reshape(2, -1).T
    passes = detector.model.score(grid) < detector.threshold.value
    return float((np.abs(grid - before) / units).max(axis=1)[passes].min())


def test_the_exact_attack_finds_what_trying_everything_finds() -> None:
    columns = [{"name": name, "type": "number", "attacker": {"change": "both"}} for name in ("a", "b")]
    facts = {
        "name": "two",
        "columns": [*columns, {"name": "bad", "type": "boolean", "role": "label"}],
        "label": {"column": "bad", "positive": True, "negative": False},
    }
    schema = Schema.from_dict(facts)
    draw = np.random.default_rng(3)
    X = draw.normal(size=(400, 2))
    bad = (X[:, 0] + np.sin(3 * X[:, 1]) + 0.3 * draw.normal(size=400)) > 0
    table = schema.validate(pa.table({"a": X[:, 0], "b": X[:, 1], "bad": bad})).table
    processor = TabularProcessor(impute="median").fit(table, schema)
    params = FAMILIES["xgboost"].complete({"trees": 12, "max_depth": 3, "learning_rate": 0.3})
    model = FAMILIES["xgboost"].fit(processor.transform(table), bad, params=params, seed=0)
    detector = Detector(
        name="two",
        schema=schema,
        processor=processor,
        model=model,
        family="xgboost",
        params=params,
        threshold=Threshold(0.5, "fixed"),
        training_fingerprint="0" * 64,
    )
    targets = Targets.of(detector, table, rows=15)
    exact, fast = (ATTACKS[name](detector).run(targets, raw=False) for name in ("exact_trees", "leaf_walk"))
    proved = 0
    for row, (one, other) in enumerate(zip(exact.outcomes, fast.outcomes, strict=True)):
        if not one.cost:
            continue
        least = least_by_trying_everything(detector, targets.rows.Z[row], targets.units.each)
        assert one.bound is not None
        assert one.bound * (1 - 1e-3) <= least <= one.cost + 1e-6
        proved += one.cost == pytest.approx(least, rel=2e-3, abs=1e-6)
        assert other.cost is not None
        assert other.cost <= 1.1 * least + 1e-6
    assert proved == len(exact.attacked) > 5


def test_an_attack_that_does_not_fit_is_refused_and_others_are_named(detectors: dict[str, Detector]) -> None:
    with pytest.raises(ModelError, match="needs the model's gradients") as refused:
        ATTACKS["gradient"](detectors["xgboost"])
    assert "leaf_walk" in refused.value.expected
    with pytest.raises(ModelError) as refused:
        ATTACKS["leaf_walk"](detectors["mlp"])
    assert "gradient" in refused.value.expected
    with pytest.raises(UsageError, match="epsilon"):
        ATTACKS["boundary"](detectors["mlp"], epsilon=float("nan"))


def test_a_budget_of_seconds_gives_what_was_found_and_says_so(detectors: dict[str, Detector]) -> None:
    targets = Targets.of(detectors["xgboost"], changeable_flows(200, seed=7), rows=12)
    result = ATTACKS["leaf_walk"](detectors["xgboost"]).run(targets, seconds=1e-6)
    assert result.cut
    assert "cut" in {flag.name for flag in result.flags}


def test_a_result_is_read_back_from_its_json(detectors: dict[str, Detector]) -> None:
    targets = Targets.of(detectors["xgboost"], changeable_flows(120, seed=5), rows=8)
    result = ATTACKS["coordinate_search"](detectors["xgboost"]).run(targets, raw=False)
    assert AttackResult.from_dict(result.to_dict()) == result
    parts = [
        ATTACKS["coordinate_search"](detectors["xgboost"]).run(targets.part(start, start + 4), raw=False)
        for start in (0, 4)
    ]
    joined = AttackResult.join(parts)
    assert [each.row for each in joined.outcomes] == [each.row for each in result.outcomes]
    assert "score" in result.examples[0].words()


def test_a_flag_of_some_parts_of_the_events_says_of_how_many() -> None:
    detector = changeable_detector("xgboost", trees=6, max_depth=3)
    whole = LeafWalk(detector).run(Targets.of(detector, changeable_flows(60, seed=3), rows=6), raw=False)
    one = replace(whole, flags=(Flag("no_start", "for 2 of 3 events nothing"), Flag("own_units", "costs")))
    other = replace(whole, flags=(Flag("own_units", "costs"),))
    joined = {flag.name: flag.why for flag in AttackResult.join([one, other]).flags}
    assert joined == {
        "no_start": "in 1 of 2 parts of the events, such as: for 2 of 3 events nothing",
        "own_units": "costs",
    }
    assert AttackResult.join([one]).flags == one.flags
