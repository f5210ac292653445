"""Speed, errors and quality of a live detector; estimates against the truth that comes later."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from garrison.data.quarantine import Quarantine
from garrison.data.schema import Schema
from garrison.errors import DataError, SchemaError
from garrison.evaluation import metric
from garrison.monitoring import Calibration, Logged, Performance, measure_performance, read_labels
from garrison.monitoring.performance import LateLabels

START = np.datetime64("2026-03-01T00:00:00", "us")
THRESHOLD = 0.3


def world(rows: int, seed: int, *, prevalence: float = 0.2) -> tuple[np.ndarray, np.ndarray]:
    """Scores that are no probabilities, and the truth; more attacks where ``prevalence`` is higher."""
    rng = np.random.default_rng(seed)
    likely = rng.beta(1, 3, rows) if prevalence < 0.3 else rng.beta(1.2, 1.5, rows)
    return likely**2, rng.random(rows) < likely


def logged(scores: np.ndarray, *, first: int = 0, every: float = 1.0, **change: Any) -> Logged:
    count = len(scores)
    facts: dict[str, Any] = {
        "ids": tuple(f"event-{first + place}" for place in range(count)),
        "at": START + (np.arange(first, first + count) * every * 1e6).astype("timedelta64[us]"),
        "scores": scores,
        "flagged": scores >= THRESHOLD,
        "latency": np.full(count, 0.002),
        "failed": np.zeros(count, bool),
        "weight": np.ones(count),
        "features": (),
    }
    return Logged(**{**facts, **change})


@pytest.fixture(scope="module")
def calibration() -> Calibration:
    return Calibration.fit(*world(30_000, 0))


def ids(count: int) -> list[str]:
    return [f"event-{place}" for place in range(count)]


@pytest.mark.parametrize("prevalence", [0.2, 0.5])
def test_quality_is_estimated_without_labels_even_when_events_are_others(
    calibration: Calibration, prevalence: float
) -> None:
    scores, y = world(20_000, 1, prevalence=prevalence)
    found = measure_performance([logged(scores)], calibration=calibration)
    assert found.true == {}
    for name in ("precision", "recall", "f1", "accuracy", "auc"):
        truth = metric(name)(y, scores, THRESHOLD)
        assert found.estimated[name].value == pytest.approx(truth, abs=0.02), name
    old, old_y = world(20_000, 2)
    before = metric("precision")(old_y, old, THRESHOLD)
    if prevalence == 0.5:
        assert abs(metric("precision")(y, scores, THRESHOLD) - before) > 0.03, (
            "what was measured in training is off"
        )


def test_the_range_of_an_estimate_holds_the_truth_as_often_as_it_says(calibration: Calibration) -> None:
    held = dict.fromkeys(("precision", "recall", "f1", "accuracy"), 0)
    for seed in range(60):
        scores, y = world(800, 100 + seed)
        found = measure_performance([logged(scores, every=0.001)], calibration=calibration).estimated
        for name in held:
            held[name] += found[name].low <= metric(name)(y, scores, THRESHOLD) <= found[name].high
    assert all(52 <= count <= 60 for count in held.values()), held


def test_the_range_allows_for_a_calibration_by_few_rows() -> None:
    held = dict.fromkeys(("precision", "recall"), 0)
    for seed in range(40):
        few = Calibration.fit(*world(400, 1_000 + seed))
        scores, y = world(20_000, 2_000 + seed)
        found = measure_performance([logged(scores, every=0.0001)], calibration=few).estimated
        for name in held:
            held[name] += found[name].low <= metric(name)(y, scores, THRESHOLD) <= found[name].high
    assert all(count >= 33 for count in held.values()), held
    assert found["precision"].high - found["precision"].low > 0.05


def test_the_error_of_the_estimate_is_shown_when_labels_come(calibration: Calibration) -> None:
    scores, y = world(10_000, 3)
    turned = y.copy()
    turned[::2] = False
    for truth, off in ((y, 0.03), (turned, 1.0)):
        labels = LateLabels.of(ids(10_000)[:4_000], truth[:4_000])
        found = measure_performance([logged(scores)], calibration=calibration, labels=labels)
        assert found.true["precision"] == pytest.approx(
            metric("precision")(truth[:4_000], scores[:4_000], THRESHOLD)
        )
        assert found.true["auc"] == pytest.approx(metric("auc")(truth[:4_000], scores[:4_000]), abs=0.002)
        assert abs(found.error_of_estimate("precision")) < off
        assert any("4,000 of 10,000" in caveat for caveat in found.caveats)
    assert found.error_of_estimate("precision") > 0.2, (
        "a change of what is malicious is not seen by an estimate"
    )


def test_batches_and_their_order_change_nothing(calibration: Calibration) -> None:
    scores, y = world(9_000, 4)
    labels = LateLabels.of(ids(9_000), y)
    whole = measure_performance([logged(scores)], calibration=calibration, labels=labels)
    cut = [logged(scores[start : start + 1_000], first=start) for start in range(0, 9_000, 1_000)]
    for parts in (cut, cut[::-1]):
        found = measure_performance(parts, calibration=calibration, labels=labels)
        assert found.true == pytest.approx(whole.true)
        assert found.measures["latency_p99_ms"] == pytest.approx(whole.measures["latency_p99_ms"])
        assert [part.start for part in found.parts] == [part.start for part in whole.parts]
        assert [part.measures["events"] for part in found.parts] == [
            part.measures["events"] for part in whole.parts
        ]


@pytest.mark.parametrize("every", [0.001, 1.0, 3_600.0])
def test_a_log_of_any_length_has_a_few_parts_that_add_up(every: float) -> None:
    found = measure_performance([logged(np.full(5_000, 0.1), every=every)])
    assert 1 <= len(found.parts) <= 48
    assert sum(part.measures["events"] for part in found.parts) == 5_000
    assert found.measures["events_per_second"] == pytest.approx(1 / every, rel=0.01)
    lasts = {part.seconds for part in found.parts}
    assert len(lasts) == 1


def test_latency_and_errors_are_counted() -> None:
    latency = np.concatenate([np.full(980, 0.001), np.full(20, 0.5)])
    scores = np.full(1_000, 0.1)
    scores[:10] = np.nan
    found = measure_performance([logged(scores, latency=latency, failed=np.isnan(scores))]).measures
    assert found["latency_p50_ms"] == 1
    assert found["latency_p90_ms"] == 1
    assert found["latency_p99_ms"] == 500
    assert found["latency_max_ms"] == 500
    assert found["error_share"] == pytest.approx(0.01)


def test_a_sample_stands_for_all_events(calibration: Calibration) -> None:
    scores, y = world(50_000, 5)
    chosen = np.random.default_rng(0).random(50_000) < 0.1
    places = np.flatnonzero(chosen)
    part = logged(
        scores[chosen], weight=np.full(len(places), 10.0), ids=tuple(f"event-{each}" for each in places)
    )
    found = measure_performance([part], calibration=calibration, labels=LateLabels.of(ids(50_000), y))
    assert found.measures["events"] == pytest.approx(50_000, rel=0.02)
    for name in ("precision", "recall"):
        truth = metric(name)(y, scores, THRESHOLD)
        assert found.estimated[name].low <= truth <= found.estimated[name].high
        assert found.true[name] == pytest.approx(truth, abs=0.04)


def test_without_a_calibration_or_labels_nothing_is_said_of_quality() -> None:
    found: Performance = measure_performance([logged(np.full(10, 0.9))])
    assert not found.estimated
    assert not found.true
    assert np.isnan(found.error_of_estimate("precision"))
    assert found.to_dict()["measures"]["estimated_precision"] is None
    with pytest.raises(DataError, match="no event"):
        measure_performance([])


SCHEMA = Schema.from_dict(
    {
        "name": "sites",
        "columns": [
            {"name": "dots", "type": "integer"},
            {"name": "verdict", "type": "string", "role": "label"},
        ],
        "label": {"column": "verdict", "positive": "phishing", "negative": "benign"},
    }
)


def test_labels_are_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_text("note,event_id,verdict\nx,1,phishing\ny,two,benign\nz,3,unsure\nw,,benign\nv,1,benign\n")
    with Quarantine(tmp_path / "refused.jsonl") as quarantine:
        labels = read_labels(path, SCHEMA, quarantine)
    assert (len(labels), labels.refused, labels.contradictory) == (2, 2, 1)
    known, y = labels.find(["1", "two", "three"])
    assert known.tolist() == [True, True, False]
    assert y.tolist() == [False, False]
    assert "unsure" in (tmp_path / "refused.jsonl").read_text()


def test_labels_of_a_detector_that_learnt_without(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    path.write_text('{"id": "a", "is_malicious": true}\n{"id": "b", "is_malicious": false}\n')
    unlabelled = Schema.from_dict({"name": "events", "columns": [{"name": "port", "type": "integer"}]})
    with Quarantine(None) as quarantine:
        labels = read_labels(path, unlabelled, quarantine)
    assert labels.find(["b", "a"])[1].tolist() == [False, True]


@pytest.mark.parametrize(("header", "missing"), [("a,verdict", "event_id or id"), ("event_id,a", "verdict")])
def test_a_file_without_ids_or_labels_is_a_clear_error(tmp_path: Path, header: str, missing: str) -> None:
    path = tmp_path / "labels.csv"
    path.write_text(f"{header}\n1,benign\n")
    with pytest.raises(SchemaError, match=missing), Quarantine(None) as quarantine:
        read_labels(path, SCHEMA, quarantine)


def test_no_label_at_all_is_allowed() -> None:
    labels = LateLabels.of([], np.empty(0, bool))
    assert labels.find(["a"])[0].tolist() == [False]
