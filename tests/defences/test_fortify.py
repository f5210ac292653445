"""Defences by name, several at once, and their price."""

import json
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from small_attacks import changeable_flows

from garrison.data.configs import config_folder
from garrison.data.schema import Schema
from garrison.data.simulator import write_simulated
from garrison.defences import (
    DEFENCES,
    AdversarialTraining,
    Draft,
    Monotone,
    Rejection,
    fortify,
    named,
    price_of,
)
from garrison.detection import FAMILIES, Detector, Threshold
from garrison.errors import ModelError, SettingsError, UsageError
from garrison.features import EventProcessor


@pytest.mark.parametrize("name", list(DEFENCES))
def test_every_defence_is_made_by_name_and_says_what_it_does(name: str) -> None:
    made = named(name)
    assert made.name == name
    assert made.does
    with pytest.raises(SettingsError, match="takes no parameter 'nonsense'"):
        named(name, {"nonsense": 1})


@pytest.mark.parametrize(
    ("name", "params", "said"),
    [
        ("monoton", {}, "did you mean monotone"),
        ("adversarial_training", {"rounds": 0}, "rounds is 0"),
        ("adversarial_training", {"norm": "l7"}, "no norm 'l7'"),
        ("rejection", {"share": 0.9}, "share is 0.9"),
        ("robust_features", {"shares": "all"}, "shares is 'all'"),
        ("sanitising", {"most": True}, "most is True"),
    ],
)
def test_what_no_defence_takes_is_refused(name: str, params: dict[str, object], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        named(name, params)


def test_none_and_two_of_a_kind_are_refused(drafted: Callable[..., Draft]) -> None:
    for defences in ([], [Monotone(), Monotone()]):
        with pytest.raises(SettingsError, match="expected: one or more of sanitising"):
            fortify(drafted(), defences)


def test_together_the_attacker_comes_last_and_the_price_is_told(
    before: Callable[[str], Detector], drafted: Callable[..., Draft]
) -> None:
    quick = AdversarialTraining(epsilon=1.0, rounds=1, pool=4, sharp=20, check=20, loss=0.3)
    made = fortify(drafted(), [quick, Rejection(share=0.02, trees=20), Monotone()])
    assert [note.defence for note in made.notes] == ["monotone", "rejection", "adversarial_training"]
    after = made.detector()
    assert after.params["params"]["monotone"]
    events = changeable_flows(250, seed=41)
    price = price_of(before("xgboost"), after, events, notes=made.notes, rows=15, epsilons=(1.0,), repeats=50)
    assert [line.what for line in price.clean] == ["f1", "auc", "recall@fpr=0.01", "recall", "precision"]
    assert [line.what for line in price.attacked] == [
        "detected as they are",
        "detected after leaf_walk at 1",
        "detected after boundary at 1",
    ]
    for line in (*price.clean, *price.attacked):
        for found in (line.before, line.after):
            assert found.low <= found.value <= found.high
    result = price.attacks["after"][0]
    assert price.attacked[1].after.value == pytest.approx(result.detection_after)
    facts = json.loads(json.dumps(price.to_dict()))
    assert [note["defence"] for note in facts["notes"]] == [note.defence for note in made.notes]
    gain = price.clean[0].gain
    assert gain is not None
    assert gain.value == pytest.approx(price.clean[0].after.value - price.clean[0].before.value)


def test_an_attack_that_does_not_fit_either_is_refused(before: Callable[[str], Detector]) -> None:
    detector, events = before("xgboost"), changeable_flows(100, seed=1)
    with pytest.raises(UsageError, match="no attack 'leaf_wlak'"):
        price_of(detector, detector, events, attacks=["leaf_wlak"])
    with pytest.raises(ModelError, match="gradient needs"):
        price_of(detector, detector, events, attacks=["gradient"])


def test_a_source_s_past_is_that_of_all_events_and_not_of_a_part(tmp_path: Path) -> None:
    write_simulated(tmp_path / "events.parquet", 600, seed=0, malicious_share=0.3)
    schema = Schema.read(config_folder("threats") / "features.json")
    events = schema.validate(pq.read_table(tmp_path / "events.parquet")).table
    processor = EventProcessor().fit(events, schema)
    X, params = processor.transform(events), FAMILIES["xgboost"].complete({"trees": 3})
    detector = Detector(
        name="events",
        schema=schema,
        processor=processor,
        model=FAMILIES["xgboost"].fit(X, schema.labels(events), params=params, seed=0),
        family="xgboost",
        params=params,
        threshold=Threshold(0.5, "fixed"),
        training_fingerprint="0" * 64,
    )
    draft = Draft.of(detector, events)
    whole = {row.tobytes() for row in X}
    for part in (draft.learnt, draft.aside):
        again = processor.transform(part.events.drop_columns([schema.label.column] if schema.label else []))
        assert all(row.tobytes() in whole for row in part.X)
        assert (again == part.X).all()
