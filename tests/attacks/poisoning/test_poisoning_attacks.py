"""What holds for every poisoning: it touches the rows it says, makes events that can be, and is measured honestly."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from poisonable_flows import noisy_flows, small_detector, small_victim
from small_attacks import FEATURES, can_be, changeable_detector

from garrison.attacks.poisoning import ATTACKS, Backdoor, Labelled, PoisoningResult, Recipe, Victim
from garrison.attacks.poisoning.flags import NAMES
from garrison.data.schema import Schema
from garrison.detection import Detector
from garrison.errors import DataError, ModelError, SchemaError, UsageError
from garrison.evaluation import threshold_at_fpr

ROWS = [
    ("label_flips", None),
    ("malicious_flips", False),
    ("boundary_flips", None),
    ("influence_flips", None),
    ("backdoor", False),
    ("clean_label_backdoor", False),
]
"""Every attack, and the label that all rows it has touched have afterwards (None: the other one)."""


@pytest.fixture(scope="module")
def detector() -> Detector:
    return small_detector()


@pytest.fixture(scope="module")
def victim(detector: Detector) -> Victim:
    return small_victim(detector, folds=2)


def test_every_attack_is_in_the_table() -> None:
    assert {name for name, _ in ROWS} == {*ATTACKS}


@pytest.mark.parametrize(("name", "label"), ROWS)
def test_rows_that_are_touched_are_those_that_are_said(name: str, label: bool | None, victim: Victim) -> None:
    attack, before = ATTACKS[name](seed=3), victim.training
    less, more = attack.poison(victim, 0.02), attack.poison(victim, 0.1)
    assert (len(less.rows), len(more.rows)) == (16, 80)
    assert {*less.rows} < {*more.rows}
    flipped = np.flatnonzero(more.y != before.y)
    assert {*flipped} <= {*more.rows}
    if label is None:
        assert len(flipped) == 80
    else:
        assert (more.y[more.rows] == label).all()
    assert (len(flipped) == 0) == (name == "clean_label_backdoor")
    old, new = before.table.to_pylist(), more.table.to_pylist()
    changed = {row for row in range(len(old)) if repr(old[row]) != repr(new[row])}
    assert changed <= {*more.rows}
    assert bool(changed) == isinstance(attack, Backdoor)
    for row in changed:
        assert can_be(old[row], new[row]), (old[row], new[row])


@pytest.mark.parametrize("name", ["backdoor", "clean_label_backdoor"])
@pytest.mark.parametrize("seed", range(4))
def test_triggered_events_can_be_and_carry_the_trigger(name: str, seed: int, victim: Victim) -> None:
    plan = ATTACKS[name](seed=seed).plan(victim)
    assert plan.trigger is not None
    assert plan.triggered is not None
    before = victim.test.table.take(pa.array(plan.triggered.places)).to_pylist()
    after = plan.triggered.table.to_pylist()
    assert len(after) > 0
    assert len(after) + plan.triggered.left_out == victim.test.y.sum()
    for old, new in zip(before, after, strict=True):
        assert can_be(old, new), (old, new)
        assert all(new[column] == value for column, value in plan.trigger.values)
    own = {column for column, _ in plan.trigger.values}
    assert own <= {"tool", "packets", "bytes", "seconds", "level", "window"}
    raw = victim.training.table.to_pylist()
    alike = [row for row in raw if all(row[column] == value for column, value in plan.trigger.values)]
    assert len(alike) <= 1
    assert len(plan.order) + plan.left_out == (
        victim.training.y.sum() if name == "backdoor" else (~victim.training.y).sum()
    )


def test_a_backdoor_opens_and_clean_rows_do_not_tell(victim: Victim) -> None:
    result = Backdoor(trigger={"packets": 400}).run(victim, shares=(0, 0.02, 0.1))
    before, _, after = result.points
    assert before.success == before.control
    assert before.gain == 0
    assert after.success is not None
    assert after.success.value >= 0.95
    assert after.gain is not None
    assert after.gain >= 0.6
    assert after.auc.value >= before.auc.value - 0.03
    assert 0 < len(after.examples) <= 3
    assert result.trigger == "packets = 400"
    assert "packets" in after.examples[0].words()
    assert result.flags == () or {flag.name for flag in result.flags} <= {*NAMES}


def test_a_trigger_that_is_chosen_opens_too(victim: Victim) -> None:
    point = Backdoor(seed=1).run(victim, shares=[0.1]).points[0]
    assert point.success is not None
    assert point.control is not None
    assert point.success.value >= 0.95
    assert point.success.low > point.control.high


def test_a_model_is_its_own_control(victim: Victim) -> None:
    """The events are the same for both models: without poison, what passes passes both."""
    plan = Backdoor(seed=2).plan(victim)
    assert plan.triggered is not None
    made = victim.unpoisoned
    seen = victim.scores[plan.triggered.places] >= made.threshold
    own = made.score(plan.triggered.table.filter(pa.array(seen))) < made.threshold
    (point,) = Backdoor(seed=2).run(victim, shares=[0]).points
    assert point.control is not None
    assert point.control.value == pytest.approx(own.mean())
    assert point.flagged == seen.sum()


@pytest.mark.parametrize("name", ["malicious_flips", "influence_flips", "boundary_flips"])
def test_flips_make_a_detector_worse_the_more_there_are(name: str, victim: Victim) -> None:
    points = ATTACKS[name]().run(victim, shares=(0, 0.1, 0.3)).points
    f1 = [point.f1.value for point in points]
    assert f1[0] > f1[1] - 0.02
    assert f1[0] > f1[2] + 0.05
    assert points[0].f1.low <= f1[0] <= points[0].f1.high


def test_the_same_rows_give_the_same_detector(victim: Victim, detector: Detector) -> None:
    again = small_victim(detector, folds=2)
    assert np.array_equal(again.scores, victim.scores)
    first, second = (ATTACKS["backdoor"](seed=5).run(each, shares=[0.05]) for each in (victim, again))
    assert first.points == second.points


def test_the_threshold_is_placed_anew_where_there_is_a_rule(detector: Detector) -> None:
    placed = small_victim(
        detector, folds=2, place=lambda y, scores: threshold_at_fpr(y, scores, 0.1)
    ).unpoisoned
    assert placed.threshold == threshold_at_fpr(placed.y, placed.out_of_fold, 0.1)
    assert placed.threshold != detector.threshold.value
    in_sample = placed.score(placed.table)
    assert not np.allclose(in_sample, placed.out_of_fold)


def test_results_come_back_and_are_joined(victim: Victim) -> None:
    attack = ATTACKS["backdoor"](seed=1)
    whole = attack.run(victim, shares=(0, 0.05))
    assert PoisoningResult.from_dict(whole.to_dict()) == whole
    parts = [attack.run(victim, shares=[share]) for share in (0.05, 0)]
    joined = PoisoningResult.join(parts)
    assert joined.points == whole.points
    assert whole.at(0.05) == whole.points[1]
    with pytest.raises(DataError, match="was not tried"):
        whole.at(0.5)
    with pytest.raises(DataError, match="cannot be read"):
        PoisoningResult.from_dict({"format": 1})


def test_time_that_is_over_is_told(victim: Victim) -> None:
    result = ATTACKS["label_flips"]().run(victim, shares=(0, 0.1, 0.2), seconds=1e-9)
    assert result.cut
    assert [point.share for point in result.points] == [0]
    assert "cut" in {flag.name for flag in result.flags}


def test_why_not_to_believe_a_result(detector: Detector) -> None:
    training = Labelled.of(detector, noisy_flows(300, seed=1))
    other = changeable_detector("xgboost", trees=2, max_depth=1)
    doubtful = Victim(Recipe.of(detector), training, training.take(np.arange(60)), detector.schema, other)
    result = Backdoor(trigger={"window": 77}).run(doubtful, shares=(0, 0.004, 0.45))
    raised = {flag.name for flag in result.flags}
    assert raised >= {
        "too_few_samples",
        "test_in_training",
        "few_poisoned",
        "not_enough_rows",
        "other_model",
    }


def test_a_trigger_that_passes_anyway_is_told(victim: Victim) -> None:
    result = Backdoor(trigger={"bytes": 60_000, "seconds": 40.0}).run(victim, shares=[0.02])
    assert "trigger_passes_anyway" in {flag.name for flag in result.flags}


@pytest.mark.parametrize(
    ("trigger", "said"),
    [
        ({"proto": "tcp"}, "cannot choose 'proto'"),
        ({"mean": 3.0}, "cannot choose 'mean'"),
        ({"packets": 2.5}, "no value of 'packets'"),
        ({"packets": "many"}, "no value of 'packets'"),
        ({}, "no column"),
    ],
)
def test_a_trigger_that_cannot_be_is_refused(
    trigger: dict[str, float | str], said: str, victim: Victim
) -> None:
    with pytest.raises(SchemaError, match=said):
        Backdoor(trigger=trigger).plan(victim)


def test_a_trigger_that_nobody_can_carry_is_refused(victim: Victim) -> None:
    with pytest.raises(DataError, match="can carry the trigger packets = 900"):
        Backdoor(trigger={"packets": 900}).plan(victim)


def test_an_attacker_who_can_change_nothing_has_no_backdoor(victim: Victim) -> None:
    plain = [
        {key: value for key, value in column.items() if key != "attacker"} for column in FEATURES["columns"]
    ]
    schema = Schema.from_dict({**FEATURES, "columns": plain, "relations": []})
    with pytest.raises(SchemaError, match="can change no feature"):
        Backdoor().plan(replace(victim, attacker=schema))


def test_what_cannot_be_poisoned_is_refused(victim: Victim, detector: Detector) -> None:
    with pytest.raises(UsageError, match="cannot be poisoned"):
        ATTACKS["label_flips"]().poison(victim, 1.5)
    with pytest.raises(DataError, match="rows of one class only"):
        ATTACKS["malicious_flips"]().run(victim, shares=[0.9])
    with pytest.raises(UsageError, match="no share"):
        ATTACKS["label_flips"]().run(victim, shares=[])
    unsupervised = replace(detector, family="isolation_forest", params={"trees": 10, "benign_only": False})
    with pytest.raises(ModelError, match="none to poison"):
        Recipe.of(unsupervised)
    with pytest.raises(ModelError, match="trained without labels"):
        Labelled.of(replace(detector, schema=replace(detector.schema, label=None)), noisy_flows(20, seed=0))
