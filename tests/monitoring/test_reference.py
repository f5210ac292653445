import json

import numpy as np
import pyarrow as pa
import pytest

from garrison.errors import DataError, ModelError
from garrison.monitoring import Calibration, Reference, ReferenceMaker, Scores


def made(rows: int, parts: int = 1, *, seed: int = 0) -> Reference:
    rng = np.random.default_rng(seed)
    maker = ReferenceMaker({"protocol": ("tcp", "udp", "sctp")})
    for _ in range(parts):
        maker.add(
            {
                "bytes": rng.lognormal(6, 2, rows),
                "host": pa.array([f"host{each}" for each in rng.integers(0, 5_000, rows)]),
                "protocol": pa.array(rng.choice(["tcp", "udp"], rows)),
            }
        )
    y = rng.random(2_000) < 0.3
    scores = np.clip(rng.normal(np.where(y, 0.7, 0.3), 0.15), 0, 1)
    return maker.reference(Scores.of(scores, threshold=0.5, y=y))


def test_its_size_does_not_grow_with_the_rows() -> None:
    small, large = (len(json.dumps(made(20_000, parts).to_dict())) for parts in (1, 12))
    assert large < 1.2 * small < 60_000


def test_no_rare_value_is_kept_by_name_but_those_the_features_file_lists() -> None:
    reference = made(4_000)
    hosts, protocols = reference.columns["host"].to_dict(), reference.columns["protocol"].to_dict()
    assert all(count >= 5 for count in hosts["counts"].values())
    assert hosts["others"] > 1_000
    assert protocols["counts"]["sctp"] == 0


def test_it_is_read_back_as_it_was_written() -> None:
    reference = made(3_000)
    again = Reference.from_dict(json.loads(json.dumps(reference.to_dict(), allow_nan=False)))
    assert again.to_dict() == reference.to_dict()
    assert made(3_000).to_dict() == reference.to_dict()


def test_two_makers_add_up() -> None:
    one, two = ReferenceMaker(), ReferenceMaker()
    one.add({"a": np.array([1.0, 2.0]), "b": pa.array(["x"] * 5 + [None])})
    two.add({"a": np.array([3.0, np.nan]), "b": pa.array(["x", "y"])})
    one.merge(two)
    reference = one.reference()
    assert reference.columns["a"].to_dict()["upto"] == [1, 2, 3]
    assert reference.columns["a"].missing == 1
    assert reference.columns["b"].to_dict() == {
        "kind": "category",
        "counts": {"x": 6},
        "others": 1,
        "missing": 1,
    }


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"format": 2},
        {"format": 1, "rows": 1, "columns": []},
        {"format": 1, "rows": 1, "columns": {"a": {"kind": "other"}}},
        {
            "format": 1,
            "rows": 1,
            "columns": {"a": {"kind": "category", "counts": {"x": -1}, "others": 0, "missing": 0}},
        },
        {"format": 1, "rows": "many", "columns": {}, "scores": None},
        {"format": 1, "rows": 1, "columns": {}, "scores": {"numbers": {}}},
    ],
)
def test_what_is_no_reference_is_a_clear_error(broken: dict[str, object]) -> None:
    with pytest.raises(ModelError, match="reference statistics") as error:
        Reference.from_dict(broken, where="reference.json")
    assert "garrison monitor reference" in error.value.remedy


def test_a_reference_of_nothing_is_refused() -> None:
    with pytest.raises(DataError, match="no rows"):
        ReferenceMaker().reference()
    with pytest.raises(DataError, match="no held-out row"):
        Scores.of(np.empty(0), threshold=0.5)


def test_calibrated_scores_are_as_often_right_as_they_say() -> None:
    rng = np.random.default_rng(0)
    truth = rng.uniform(0, 1, 40_000)
    y = rng.random(40_000) < truth
    calibration = Calibration.fit(truth**3, y)
    assert np.abs(calibration.probabilities(truth**3) - truth).mean() < 0.02
    assert calibration.probabilities(truth**3).sum() == pytest.approx(y.sum(), rel=0.01)
    assert len(calibration.scores) <= 200
    with pytest.raises(DataError, match="one class"):
        Calibration.fit(truth, np.ones(40_000, bool))
