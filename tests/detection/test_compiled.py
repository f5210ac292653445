"""A compiled detector gives the detector's scores, refuses what it refuses, and says so when it cannot be compiled."""

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from drawn_schemas import drawn, events
from hypothesis import given, settings
from hypothesis import strategies as st
from small_events import EVENTS_SCHEMA, some_events

from garrison.detection import FAMILIES, Detector, FastDetector, Threshold
from garrison.detection.compiled import TOLERANCE
from garrison.detection.compiled.compile_model import ROWS, TABLES, compile_model, prove
from garrison.detection.families.base import Floats
from garrison.errors import GarrisonError, ModelError
from garrison.features import EventProcessor, TabularProcessor

COMPILED = [name for name, family in FAMILIES.items() if family.model in {**TABLES, **ROWS}]


@pytest.mark.parametrize("family", COMPILED)
def test_each_family_compiles_to_its_own_scores(
    family: str, data: Any, quick: Callable[[str], dict[str, Any]]
) -> None:
    X = np.vstack([data.X, data.X * 1e30, np.round(data.X, 1), -data.X * 1e-36])
    model = FAMILIES[family].fit(data.X, data.y, params=quick(family), seed=1)
    compiled = compile_model(model)
    proof = prove(compiled, model, X)
    assert proof.rows > len(X)
    assert proof.largest <= 1e-6
    found = np.array([compiled.score_one(row) for row in X])
    assert np.abs(found - model.score(X)).max() <= 1e-6


@pytest.mark.parametrize("mean", ["log_odds", "probability"])
def test_a_vote_compiles_with_its_members(mean: str, data: Any) -> None:
    members = [
        {"family": "xgboost", "weight": 2.0, "params": {"trees": 8}},
        {"family": "mlp", "params": {"layers": [8], "epochs": 20, "networks": 2}},
        {"family": "extra_trees", "params": {"trees": 8}},
    ]
    model = FAMILIES["soft_voting"].fit(data.X, data.y, params={"mean": mean, "members": members}, seed=1)
    assert prove(compile_model(model), model, data.X).largest <= 1e-6


@pytest.mark.parametrize("family", ["xgboost", "lightgbm", "hist_gradient_boosting"])
def test_trees_of_one_leaf_are_counted(family: str, data: Any) -> None:
    flat: dict[str, dict[str, float]] = {"xgboost": {"gamma": 1e9}, "lightgbm": {"min_child_samples": 10_000}}
    model = FAMILIES[family].fit(
        data.X, data.y, params={"trees": 3, **flat.get(family, {"min_samples_leaf": 10_000})}, seed=1
    )
    assert prove(compile_model(model), model, data.X).largest <= 1e-7


def test_every_form_is_that_of_a_family() -> None:
    assert {*TABLES, *ROWS} == {FAMILIES[name].model for name in COMPILED}
    assert not {*TABLES} & {*ROWS}


class Shifted:
    """A compiled model that is wrong wherever the first feature is positive."""

    name = "shifted"

    def __init__(self, inner: Any, by: float) -> None:
        self.inner, self.by = inner, by

    def score_one(self, row: Floats) -> float:
        return float(self.inner.score_one(row)) + (self.by if row[0] > 0 else 0.0)

    def values(self) -> Any:
        return self.inner.values()


@pytest.mark.parametrize("by", [2e-5, float("nan")])
def test_a_compiled_model_with_other_scores_is_refused_and_the_plain_one_serves(
    by: float,
    detector: Detector,
    table: pa.Table,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    right = compile_model(detector.model)
    with pytest.raises(ModelError, match="from the model's own"):
        prove(Shifted(right, by), detector.model)
    monkeypatch.setattr(
        "garrison.detection.compiled.fast_detector.compile_model", lambda model: Shifted(right, by)
    )
    fast = detector.compiled()
    assert "is not compiled" in capsys.readouterr().err
    assert fast.engine.startswith("the plain model")
    assert fast.proof is None
    event = table.slice(3, 1).to_pylist()[0]
    assert fast.score_one(event) == detector.score([event])[0]


def test_a_family_without_a_compiled_form_serves_as_it_is(
    detector: Detector, data: Any, table: pa.Table, capsys: pytest.CaptureFixture[str]
) -> None:
    model = FAMILIES["knn"].fit(detector.processor.transform(table.drop_columns("label")), data.y, seed=0)
    fast = replace(detector, model=model).compiled()
    assert "NeighboursModel has no compiled form" in fast.engine
    assert "NeighboursModel has no compiled form" in capsys.readouterr().err
    event = table.slice(3, 1).to_pylist()[0]
    assert (
        fast.score_one(event)
        == model.score(detector.processor.transform(table.slice(3, 1).drop_columns("label")))[0]
    )


def test_rows_that_are_given_are_part_of_the_proof(detector: Detector, table: pa.Table) -> None:
    plain, with_rows = detector.compiled().proof, detector.compiled(rows=table).proof
    assert plain is not None
    assert with_rows is not None
    assert with_rows.rows == plain.rows + table.num_rows


@pytest.fixture(scope="module")
def fast(detector: Detector) -> FastDetector:
    return detector.compiled()


def test_tables_and_events_score_as_the_detector_does(
    fast: FastDetector, detector: Detector, table: pa.Table
) -> None:
    scores = detector.score(table)
    assert fast.score(table).tobytes() == scores.tobytes()
    assert (fast.verdict(table) == detector.verdict(table)).all()
    rows = table.to_pylist()
    np.testing.assert_allclose([fast.score_one(row) for row in rows], scores, atol=1e-6)
    assert [fast.verdict_one(row) for row in rows] == (scores >= fast.threshold.value).tolist()


def test_a_score_on_the_threshold_is_the_plain_models(detector: Detector, table: pa.Table) -> None:
    """Thresholds are scores of rows: there, the last bit of a score decides."""
    rows = table.to_pylist()
    for row in rows[:20]:
        score = float(detector.score([row])[0])
        on_it = replace(detector, threshold=Threshold(score, "a row's own score")).compiled()
        assert on_it.verdict_one(row)
        assert on_it.score_one(row) == score
        above = replace(detector, threshold=Threshold(float(np.nextafter(score, 2)), "just above")).compiled()
        assert not above.verdict_one(row)


def outcome(score: Callable[[], float]) -> tuple[str, float]:
    try:
        return "", score()
    except GarrisonError as error:
        return f"{type(error).__name__}: {error}", 0.0


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_any_event_of_any_schema_is_scored_or_refused_as_in_a_table(data: st.DataObject) -> None:
    made = data.draw(drawn())
    processor = data.draw(st.sampled_from([TabularProcessor, EventProcessor]))(impute="median")
    table = made.schema.validate(made.table).table
    processor = processor.fit(table, made.schema)
    X, y = processor.transform(table), made.schema.labels(table)
    detector = Detector(
        name="drawn",
        schema=made.schema,
        processor=processor,
        model=FAMILIES["hist_gradient_boosting"].fit(
            X, y, params={"trees": 2, "min_samples_leaf": 1}, seed=0
        ),
        family="hist_gradient_boosting",
        params={},
        threshold=Threshold(0.5, "fixed"),
        training_fingerprint="",
    )
    fast = detector.compiled()
    for _ in range(6):
        event = data.draw(events(made))
        refused, expected = outcome(lambda event=event: float(detector.score([event])[0]))  # type: ignore[misc]
        again, found = outcome(lambda event=event: fast.score_one(event))  # type: ignore[misc]
        assert again == refused
        assert abs(found - expected) <= 1e-6


def live_detector() -> tuple[Detector, list[dict[str, Any]]]:
    rows = some_events(200)
    table = EVENTS_SCHEMA.validate(pa.Table.from_pylist(rows)).table
    processor = EventProcessor(scale=True).fit(table, EVENTS_SCHEMA)
    X, y = processor.transform(table), EVENTS_SCHEMA.labels(table)
    detector = Detector(
        name="events",
        schema=EVENTS_SCHEMA,
        processor=processor,
        model=FAMILIES["xgboost"].fit(X, y, params={"trees": 20}, seed=0),
        family="xgboost",
        params={},
        threshold=Threshold(0.5, "fixed"),
        training_fingerprint="",
    )
    return detector, rows


def test_a_live_detector_remembers_and_another_does_not() -> None:
    detector, rows = live_detector()
    table = pa.Table.from_pylist(rows)
    fast = detector.compiled()
    live = fast.live()
    assert (fast.remembers, live.remembers) == (False, True)
    whole = detector.score(table)
    found = [live.score_one(row) for row in rows[:100]]
    found += live.score(table.slice(100, 50)).tolist()
    found += [live.score_one(row) for row in rows[150:]]
    np.testing.assert_allclose(found, whole, atol=1e-6)
    alone = [fast.score_one(row) for row in rows]
    np.testing.assert_allclose(alone, [detector.score([row])[0] for row in rows], atol=1e-6)
    assert np.abs(np.array(alone) - whole).max() > TOLERANCE
    assert live.late == 0
    live.score_one(rows[10])
    assert live.late == 1


def test_many_threads_get_the_scores_of_one(fast: FastDetector, table: pa.Table) -> None:
    detector, rows = live_detector()
    shared = detector.compiled()
    expected = [shared.score_one(row) for row in rows]
    found: dict[int, list[float]] = {}

    def work(number: int) -> None:
        found[number] = [shared.score_one(row) for row in rows]

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(found[number] == expected for number in range(4))


def test_the_exported_bytes_are_onnx_and_the_same_each_time() -> None:
    import onnx

    from garrison.detection.compiled.onnx_trees import onnx_of
    from garrison.detection.compiled.xgboost_trees import of_xgboost

    detector, _ = live_detector()
    first, second = (onnx_of(of_xgboost(detector.model))[0] for _ in range(2))  # type: ignore[arg-type]
    assert first == second
    onnx.checker.check_model(onnx.load_from_string(first), full_check=True)
