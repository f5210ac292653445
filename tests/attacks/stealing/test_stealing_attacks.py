"""What holds for every way to steal: it asks no more than it may, about events that can be, and the copy is judged."""

from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from poisonable_flows import noisy_flows, small_detector
from small_attacks import FEATURES, can_be

from garrison.attacks.stealing import ATTACKS, KnownEvents, Oracle, StealingResult, Theft
from garrison.data.schema import Schema
from garrison.detection import Detector, Threshold
from garrison.errors import DataError, SchemaError, SettingsError, UsageError

ROWS = [
    ("known_events", 0.9),
    ("mixed_events", 0.85),
    ("random_events", 0.6),
    ("uncertain_events", 0.9),
]
"""Every attack, and the agreement that its copy of 400 labels has to reach."""


@pytest.fixture(scope="module")
def detector() -> Detector:
    return small_detector()


@pytest.fixture(scope="module")
def theft(detector: Detector) -> Theft:
    return Theft.of(detector, noisy_flows(1_500, seed=4))


def test_every_attack_is_in_the_table() -> None:
    assert {name for name, _ in ROWS} == {*ATTACKS}


@pytest.mark.parametrize(("name", "least"), ROWS)
def test_copies_become_alike_with_more_queries(name: str, least: float, theft: Theft) -> None:
    result = ATTACKS[name]().run(theft, queries=(30, 400), families=["xgboost"])
    few, many = result.copies
    assert (few.queries, many.queries) == (30, 400)
    assert many.agreement.value >= least
    if name != "random_events":
        assert many.agreement.value > few.agreement.value
    assert many.agreement.low <= many.agreement.value <= many.agreement.high
    assert many.auc is not None
    assert many.lift is not None
    assert many.lift.value == pytest.approx(many.agreement.value - result.majority)
    assert result.held_out == len(theft.held_out)


@pytest.mark.parametrize("name", [name for name, _ in ROWS])
def test_what_is_asked_can_be_and_is_counted(
    name: str, theft: Theft, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[pa.Table] = []
    ask = Oracle.ask

    def watched(oracle: Oracle, table: pa.Table) -> Any:
        seen.append(table)
        return ask(oracle, table)

    monkeypatch.setattr(Oracle, "ask", watched)
    oracle = Oracle(theft)
    table, answers = ATTACKS[name]().ask(theft, oracle, 150, np.random.default_rng(0))
    assert table.num_rows == len(answers) == oracle.asked == sum(each.num_rows for each in seen) == 150
    assert np.isin(answers, (0.0, 1.0)).all()
    assert theft.detector.schema.validate(table, with_label=False).refused.num_rows == 0
    fixed = ("proto", "errors")
    own: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in theft.pool.table.to_pylist():
        own.setdefault(tuple(row[column] for column in fixed), []).append(row)
    for row in table.to_pylist():
        bases = own[tuple(row[column] for column in fixed)]  # an event is one it has, or made of one
        assert any(can_be(base, row) for base in bases), row


def test_held_out_events_are_of_other_groups(theft: Theft) -> None:
    assert not {*theft.pool.groups} & {*theft.held_out.groups}
    assert theft.labelled.num_rows == len(theft.held_out)


def test_scores_tell_more_than_labels(theft: Theft) -> None:
    scored = replace(theft, answers="scores")
    by_label, by_score = (
        KnownEvents().run(each, queries=[60], families=["xgboost"]).copies[0] for each in (theft, scored)
    )
    assert by_label.score_error is None
    assert by_score.score_error is not None
    assert 0 <= by_score.score_error < 0.3
    assert by_score.agreement.value >= by_label.agreement.value - 0.02


def test_what_passes_a_good_copy_passes_the_detector(theft: Theft) -> None:
    result = KnownEvents().run(theft, queries=[900], families=["xgboost"], transfer=6)
    (copy,) = result.copies
    assert copy.transfer is not None
    assert copy.transfer.value > 0


def test_results_come_back_and_are_joined(theft: Theft) -> None:
    attack = ATTACKS["mixed_events"](seed=2)
    whole = attack.run(theft, queries=(20, 60), families=["logistic_regression"])
    assert StealingResult.from_dict(whole.to_dict()) == whole
    parts = [attack.run(theft, queries=[count], families=["logistic_regression"]) for count in (20, 60)]
    assert StealingResult.join(parts).copies == whole.copies
    assert whole.at(60, "logistic_regression") == whole.copies[1]
    with pytest.raises(DataError, match="there is no copy"):
        whole.at(61, "logistic_regression")
    with pytest.raises(DataError, match="cannot be read"):
        StealingResult.from_dict({"format": 1})


def test_why_not_to_believe_a_result(theft: Theft) -> None:
    never = replace(theft.detector, threshold=Threshold(1.0, "fixed"))
    blind = replace(theft, detector=never)
    result = KnownEvents().run(blind, queries=(50, 5_000), families=["logistic_regression"], seconds=None)
    raised = {flag.name for flag in result.flags}
    assert raised == {"too_few_samples", "one_answer", "fewer_queries"}
    assert result.copies[0].agreement.value == 1.0
    assert result.copies[0].lift is None
    cut = KnownEvents().run(theft, queries=(2, 500), families=["logistic_regression"], seconds=1e-9)
    assert cut.cut
    assert "cut" in {flag.name for flag in cut.flags}


def test_a_copy_no_better_than_a_constant_is_told(theft: Theft) -> None:
    result = KnownEvents(seed=1).run(theft, queries=[4], families=["random_forest", "knn"][:1])
    copy = result.copies[0]
    told = {flag.name for flag in result.flags}
    doubtful = copy.one_answer or copy.lift is None or copy.lift.low <= 0
    assert doubtful == bool(told & {"no_better_than_majority", "one_answer"})


def test_where_nothing_can_be_changed_events_that_are_there_are_asked(detector: Detector) -> None:
    plain = [
        {key: value for key, value in column.items() if key != "attacker"} for column in FEATURES["columns"]
    ]
    schema = Schema.from_dict({**FEATURES, "columns": plain, "relations": []})
    theft = Theft.of(detector, noisy_flows(400, seed=4), schema=schema)
    assert (
        ATTACKS["uncertain_events"]()
        .run(theft, queries=[120], families=["logistic_regression"])
        .copies[0]
        .queries
        == 120
    )
    with pytest.raises(SchemaError, match="can change no feature"):
        ATTACKS["random_events"]().run(theft, queries=[20])


def test_what_cannot_be_asked_is_refused(theft: Theft) -> None:
    with pytest.raises(UsageError, match="too few to copy"):
        KnownEvents().run(theft, queries=[1])
    with pytest.raises(UsageError, match="no number of queries"):
        KnownEvents().run(theft, queries=[])
    with pytest.raises(SettingsError, match="no family"):
        KnownEvents().run(theft, queries=[10], families=["xgbost"])
