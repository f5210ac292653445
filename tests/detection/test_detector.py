import numpy as np
import pyarrow as pa
import pytest

from garrison.data.schema import Schema
from garrison.detection import FAMILIES, Detector, Threshold
from garrison.errors import ModelError, SchemaError
from garrison.features import TabularProcessor


def test_scores_and_verdicts_do_not_need_the_label(detector: Detector, table: pa.Table) -> None:
    bare = table.drop_columns(["label"])
    scores = detector.score(bare)
    assert scores.tobytes() == detector.score(table).tobytes()
    assert (detector.verdict(bare) == (scores >= 0.5)).all()


def test_batches_score_as_the_whole(detector: Detector, table: pa.Table) -> None:
    parts = list(detector.score_batches(table.to_batches(max_chunksize=50)))
    assert len(parts) > 1
    np.testing.assert_allclose(np.concatenate(parts), detector.score(table), rtol=1e-12)


def test_no_rows_give_no_scores(detector: Detector, table: pa.Table) -> None:
    assert detector.score(table.slice(0, 0)).shape == (0,)


def test_wrong_columns_are_refused(detector: Detector, table: pa.Table) -> None:
    for wrong in (
        table.drop_columns(["c1"]),
        table.append_column("extra", pa.array([1] * 240)),
        table.rename_columns(["c0", "c0", "c2", "c3", "m", "label"]),
    ):
        with pytest.raises(SchemaError):
            detector.score(wrong)


def test_a_row_that_is_not_what_the_schema_says_is_named(detector: Detector, table: pa.Table) -> None:
    values = table["c2"].to_pylist()
    values[6] = 9
    wrong = table.set_column(2, "c2", pa.array(values))
    with pytest.raises(SchemaError) as found:
        detector.score(wrong)
    assert found.value.where == "row 7, column c2"


def test_a_threshold_is_a_probability() -> None:
    for value in (-0.1, 1.1, float("nan")):
        with pytest.raises(ModelError):
            Threshold(value=value, rule="f1")


def test_an_event_without_columns_is_refused_and_not_passed_over() -> None:
    optional = {"type": "integer", "nullable": True, "impute": "constant", "optional": True}
    schema = Schema.from_dict({"name": "bare", "columns": [{"name": "a", **optional}]})
    table = pa.table({"a": [1, 2]})
    processor = TabularProcessor().fit(table, schema)
    model = FAMILIES["hist_gradient_boosting"].fit(
        processor.transform(table), np.array([True, False]), params={"trees": 1}, seed=0
    )
    bare = Detector(
        name="bare",
        schema=schema,
        processor=processor,
        model=model,
        family="hist_gradient_boosting",
        params={},
        threshold=Threshold(0.5, "fixed"),
        training_fingerprint="",
    )
    assert bare.score([]).shape == (0,)
    assert bare.score([{"a": None}]).shape == (1,)
    with pytest.raises(SchemaError, match="without a single column"):
        bare.score({})
    with pytest.raises(SchemaError, match="without a single column"):
        bare.score([{}])
    with pytest.raises(SchemaError, match="without a single column"):
        bare.compiled().score_one({})
