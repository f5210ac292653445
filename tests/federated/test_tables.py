"""Organisations with traffic of their own agree on numbers without pooling rows, and train a detector together."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from small_flows import FEATURES, flows

from garrison.data.schema import Schema
from garrison.data.validate import labels_of_any_class
from garrison.errors import DataError, IntegrityError, ModelError, SchemaError
from garrison.features.standard import center_and_spread
from garrison.features.tabular import TabularProcessor
from garrison.federated.conventional import train_conventionally
from garrison.federated.local_training import LocalTraining
from garrison.federated.model import new_model
from garrison.federated.party_privacy import PartyPrivacy
from garrison.federated.saved import save_model
from garrison.federated.tables import FederatedDetector, TableNumbers, agree_on_numbers, federate_detector
from garrison.federated.tables.numbers import pressed
from garrison.federated.tables.organisations import organisations

SCHEMA = Schema.from_dict(FEATURES)
COUNTS = {"normal": 400, "scan": 120, "flood": 100, "guess": 60}


def validated(counts: dict[str, int], *, seed: int) -> pa.Table:
    return SCHEMA.validate(flows(counts, seed=seed)).table


@pytest.fixture(scope="module")
def train() -> pa.Table:
    return validated(COUNTS, seed=3)


@pytest.fixture(scope="module")
def parties(train: pa.Table) -> dict[str, pa.Table]:
    return organisations(train, column="service", least=50)


def test_organisations_are_the_services(train: pa.Table, parties: dict[str, pa.Table]) -> None:
    assert {*parties} == {"dns", "http", "other"}
    assert sum(each.num_rows for each in parties.values()) == train.num_rows
    assert {*parties["dns"].column("service").to_pylist()} == {"dns"}
    with pytest.raises(SchemaError, match="no column 'host'"):
        organisations(train, column="host")


def test_numbers_are_those_of_the_pooled_rows(train: pa.Table, parties: dict[str, pa.Table]) -> None:
    agreed = agree_on_numbers([*parties.values()], SCHEMA)
    pooled = TabularProcessor(impute="median").fit(train, SCHEMA)
    assert agreed.names == pooled.names
    np.testing.assert_array_equal(agreed.processor.transform(train), pooled.transform(train))
    center, spread = center_and_spread(pressed(pooled, train))
    np.testing.assert_allclose(agreed.center, center, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(agreed.spread, spread, rtol=1e-6)
    found = agreed.transform(train)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found.mean(axis=0), 0.0, atol=1e-4)


def test_what_is_missing_is_filled_by_the_mean_and_the_commonest() -> None:
    schema = Schema.from_dict(
        {
            "name": "gaps",
            "columns": [
                {"name": "size", "type": "number", "nullable": True, "impute": "median"},
                {"name": "near", "type": "number", "nullable": True, "impute": "knn"},
                {"name": "zero", "type": "integer", "nullable": True, "impute": "constant"},
                {"name": "up", "type": "boolean"},
                {"name": "kind", "type": "string", "nullable": True, "impute": "mode"},
                {"name": "bad", "type": "integer", "role": "label"},
            ],
            "label": {"column": "bad", "positive": 1, "negative": 0},
        }
    )

    def table(**columns: Any) -> pa.Table:
        return schema.validate(pa.table(columns)).table

    one = table(
        size=[1.0, None], near=[4.0, 4.0], zero=[3, None], up=[True, False], kind=["a", None], bad=[0, 1]
    )
    two = table(size=[5.0, 3.0], near=[None, 1.0], zero=[1, 1], up=[True, True], kind=["b", "b"], bad=[0, 1])
    agreed = agree_on_numbers([one, two], schema)
    assert agreed.names == ("size", "near", "zero", "up", "kind=a", "kind=b")
    assert agreed.processor.transform(one)[1].tolist() == [3.0, 4.0, 0.0, 0.0, 0.0, 1.0]
    assert agreed.processor.transform(two)[0].tolist() == [5.0, 3.0, 1.0, 1.0, 0.0, 1.0]
    empty = table(
        size=pa.array([None, None], pa.float64()),
        near=[1.0, 1.0],
        zero=[1, 1],
        up=[True, True],
        kind=["b", "b"],
        bad=[0, 1],
    )
    with pytest.raises(DataError, match="'size' has no value at any party"):
        agree_on_numbers([empty, empty], schema)


def test_together_they_find_what_one_alone_does_not(parties: dict[str, pa.Table]) -> None:
    """DNS sees no scan, web no flood; the detector of both knows both."""
    test = validated({"normal": 300, "scan": 100, "flood": 100}, seed=9)
    how = LocalTraining(epochs=2, batch=16, learning_rate=0.05, momentum=0.9)
    made = federate_detector(parties, SCHEMA, rounds=6, how=how, test=test, minimum_parties=2)
    assert made.trained.accuracy is not None
    assert made.trained.accuracy > 0.85
    truth = labels_of_any_class(SCHEMA, test)
    score = made.detector.score(test)
    assert ((score > 0.5) == truth).mean() == pytest.approx(made.trained.accuracy)
    dns = parties["dns"]
    alone = train_conventionally(
        made.detector.numbers.transform(dns),
        labels_of_any_class(SCHEMA, dns).astype(np.int64),
        "rows",
        replace(how, epochs=12),
        seed=0,
    ).model.probabilities(made.detector.numbers.transform(test))[:, 1]
    scans = np.array(test.column("kind").to_pylist()) == "scan"
    assert (score[scans] > 0.5).mean() > (alone[scans] > 0.5).mean()
    assert made.events["other"][0] == made.events["other"][1], "all that other has is malicious"
    np.testing.assert_allclose(made.detector.probabilities(test)[:, 1], score)


def test_a_saved_detector_scores_alike_and_a_changed_byte_is_found(
    parties: dict[str, pa.Table], train: pa.Table, tmp_path: Path
) -> None:
    detector = federate_detector(parties, SCHEMA, rounds=1).detector
    detector.save(tmp_path / "one")
    loaded = FederatedDetector.load(tmp_path / "one")
    np.testing.assert_array_equal(loaded.score(train), detector.score(train))
    assert loaded.save(tmp_path / "two") == detector.save(tmp_path / "one")
    manifest = tmp_path / "one" / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"center"', '"centre"'))
    with pytest.raises(IntegrityError, match="manifest"):
        FederatedDetector.load(tmp_path / "one")
    save_model(new_model("rows", shape=(3,), classes=2, seed=0), tmp_path / "other")
    with pytest.raises(ModelError, match="no detector of events"):
        FederatedDetector.load(tmp_path / "other")


def test_numbers_that_are_none_are_refused(parties: dict[str, pa.Table]) -> None:
    facts = agree_on_numbers([*parties.values()], SCHEMA).to_dict()
    assert TableNumbers.from_dict(json.loads(json.dumps(facts))).to_dict() == facts
    wrong: tuple[dict[str, Any], ...] = (
        {"format": 2},
        {"center": [0.0]},
        {"spread": "wide"},
        {"processor": {}},
    )
    for changes in wrong:
        with pytest.raises(ModelError, match="these numbers"):
            TableNumbers.from_dict({**facts, **changes})
    for value in (0.0, -1.0, float("nan")):
        with pytest.raises(ModelError, match="not finite, or a spread"):
            TableNumbers.from_dict({**facts, "spread": [value] * len(facts["spread"])})


def test_it_is_trained_privately_too(parties: dict[str, pa.Table]) -> None:
    how = LocalTraining(epochs=1, batch=32, private=PartyPrivacy(target_epsilon=8.0))
    made = federate_detector(parties, SCHEMA, rounds=2, how=how)
    assert made.trained.spent is not None
    assert made.trained.spent.epsilon <= 8.0


def test_events_of_one_class_alone_are_refused(train: pa.Table) -> None:
    benign = {"a": validated({"normal": 60}, seed=1), "b": validated({"normal": 60}, seed=2)}
    with pytest.raises(DataError, match="all 120 events of all parties are benign"):
        federate_detector(benign, SCHEMA, rounds=1)
