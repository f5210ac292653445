import json
from datetime import UTC, datetime
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from garrison.data.schema import Schema
from garrison.errors import DataError, ModelError, SchemaError
from garrison.features import TabularProcessor, load_processor


def schema(*columns: dict[str, Any]) -> Schema:
    return Schema.from_dict(
        {
            "name": "things",
            "columns": [*columns, {"name": "bad", "type": "boolean", "role": "label"}],
            "label": {"column": "bad", "positive": True, "negative": False},
        }
    )


def number(name: str, impute: str = "knn", kind: str = "number") -> dict[str, Any]:
    return {"name": name, "type": kind, "nullable": impute != "refuse", "impute": impute}


def column(values: list[Any], kind: pa.DataType) -> pa.Array:
    return pa.array(values, kind)


MIXED = schema(
    number("a"),
    number("b", kind="integer"),
    number("c", "mode", "boolean"),
    {"name": "d", "type": "string", "nullable": True, "impute": "mode"},
)
finite = st.floats(allow_nan=False, allow_infinity=False)
ROW = st.tuples(
    st.none() | finite,
    st.none() | st.integers(-(2**63), 2**63 - 1),
    st.none() | st.booleans(),
    st.none() | st.sampled_from(["x", "y", "", "é", "a=b"]),
)
FIRST = (1.5, 2, True, "x")


def mixed(rows: list[tuple[Any, ...]]) -> pa.Table:
    kinds = (pa.float64(), pa.int64(), pa.bool_(), pa.string())
    cells = list(zip(*rows, strict=True)) or [()] * 4
    return pa.table(
        {name: column(list(cell), kind) for name, cell, kind in zip("abcd", cells, kinds, strict=True)}
    )


processors = st.builds(TabularProcessor, impute=st.sampled_from(["knn", "median"]), scale=st.booleans())


@given(st.lists(ROW, max_size=12), st.lists(ROW, min_size=1, max_size=12), processors)
def test_a_processor_read_back_from_json_transforms_to_the_same_bits(
    train: list[tuple[Any, ...]], new: list[tuple[Any, ...]], processor: TabularProcessor
) -> None:
    fitted = processor.fit(mixed([FIRST, *train]), MIXED)
    again = load_processor(json.loads(json.dumps(fitted.to_dict(), allow_nan=False)))
    X = fitted.transform(mixed(new))
    assert again.transform(mixed(new)).tobytes() == X.tobytes()
    assert np.isfinite(X).all()
    assert X.shape == (len(new), len(fitted.names))


@given(st.lists(ROW, max_size=12), st.lists(ROW, min_size=1, max_size=12), processors)
def test_a_row_alone_is_the_row_in_a_batch(
    train: list[tuple[Any, ...]], new: list[tuple[Any, ...]], processor: TabularProcessor
) -> None:
    fitted = processor.fit(mixed([FIRST, *train]), MIXED)
    whole = fitted.transform(mixed(new))
    alone = np.concatenate([fitted.transform(mixed([row])) for row in new])
    assert alone.tobytes() == whole.tobytes()


@given(st.lists(ROW, min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_the_order_of_the_training_rows_does_not_matter_to_what_is_filled_in(
    train: list[tuple[Any, ...]], random: Any
) -> None:
    shuffled = [FIRST, *train]
    random.shuffle(shuffled)
    one = TabularProcessor().fit(mixed([FIRST, *train]), MIXED)
    other = TabularProcessor().fit(mixed(shuffled), MIXED)
    assert one.names == other.names
    assert np.allclose(one.transform(mixed(train)), other.transform(mixed(train)), rtol=1e-9)


def test_neighbours_are_those_of_scikit_learn() -> None:
    from sklearn.impute import KNNImputer

    generator = np.random.default_rng(5)
    X = generator.normal(size=(60, 4))
    X /= X.std(axis=0)
    X[generator.random(X.shape) < 0.2] = np.nan
    X /= np.nanstd(X, axis=0)
    names = "abcd"
    table = pa.table(
        {
            name: column([None if np.isnan(v) else v for v in X[:, i]], pa.float64())
            for i, name in enumerate(names)
        }
    )
    fitted = TabularProcessor(neighbours=3).fit(table, schema(*map(number, names)))
    assert np.allclose(fitted.transform(table), KNNImputer(n_neighbors=3).fit_transform(X))


def test_the_median_serves_where_no_row_has_the_value_to_give() -> None:
    things = schema(number("a"), number("b"))
    table = pa.table({"a": [1.0, 2.0, 9.0, None], "b": column([None, None, None, 4.0], pa.float64())})
    filled = TabularProcessor().fit(table, things).transform(table)
    assert filled[:, 1].tolist() == [4.0] * 4
    assert filled[3, 0] == 2.0


@pytest.mark.parametrize(("impute", "value"), [("median", 2.5), ("mode", 1.0), ("constant", 0.0)])
def test_each_way_to_impute_a_number(impute: str, value: float) -> None:
    table = pa.table({"a": [1.0, 1.0, 3.0, 7.0, None, 2.0, 5.0]})
    things = schema(number("a", impute))
    assert TabularProcessor().fit(table, things).transform(table)[4, 0] == value


def test_median_instead_of_neighbours_on_request() -> None:
    table = pa.table({"a": [0.0, 0.0, 10.0, None], "b": [1.0, 1.0, 5.0, 5.0]})
    things = schema(number("a"), number("b"))
    near = TabularProcessor(neighbours=1).fit(table, things).transform(table)
    median = TabularProcessor(impute="median").fit(table, things).transform(table)
    assert (near[3, 0], median[3, 0]) == (10.0, 0.0)


def test_a_missing_value_is_refused_where_the_schema_says_so() -> None:
    things = schema(number("a", "refuse"))
    fitted = TabularProcessor().fit(pa.table({"a": [1.0]}), things)
    with pytest.raises(SchemaError, match="lacks a value") as caught:
        fitted.transform(pa.table({"a": [1.0, None]}))
    assert "row 2" in caught.value.where
    text = schema({"name": "t", "type": "string"})
    with pytest.raises(SchemaError, match="'t' lacks a value"):
        TabularProcessor().fit(pa.table({"t": ["x"]}), text).transform(
            pa.table({"t": column([None], pa.string())})
        )


def test_missing_and_unseen_categories() -> None:
    table = pa.table({"t": ["x", "y", "x"]})
    new = pa.table({"t": ["y", None, "z"]})
    for impute, hidden in (("mode", [1.0, 0.0]), ("constant", [0.0, 0.0])):
        things = schema({"name": "t", "type": "string", "nullable": True, "impute": impute})
        X = TabularProcessor().fit(table, things).transform(new)
        assert X.tolist() == [[0.0, 1.0], hidden, [0.0, 0.0]]


def test_only_the_most_frequent_categories_get_a_column() -> None:
    table = pa.table({"t": [f"v{i:03d}" for i in range(300)] + ["v299"] * 3})
    fitted = TabularProcessor().fit(table, schema({"name": "t", "type": "string"}))
    assert len(fitted.names) == 100
    assert {"t=v000", "t=v299"} <= set(fitted.names)


def test_scaling_is_that_of_scikit_learn_and_spares_constants() -> None:
    from sklearn.preprocessing import StandardScaler

    generator = np.random.default_rng(2)
    X = generator.normal(3, 7, size=(50, 2))
    table = pa.table({"a": X[:, 0], "b": X[:, 1], "c": np.full(50, 4.0)})
    things = schema(number("a"), number("b"), number("c"))
    scaled = TabularProcessor(scale=True).fit(table, things).transform(table)
    assert np.allclose(scaled[:, :2], StandardScaler().fit_transform(X))
    assert (scaled[:, 2] == 0).all()


def test_a_constant_column_is_not_scaled_by_its_rounding_errors() -> None:
    table = pa.table({"a": [0.1] * 7, "b": np.arange(7.0)})
    fitted = TabularProcessor(scale=True).fit(table, schema(number("a"), number("b")))
    assert (fitted.transform(table)[:, 0] == 0).all()
    assert fitted.transform(pa.table({"a": [1.1], "b": [3.0]}))[0, 0] == 1.0


def test_timestamps_are_seconds() -> None:
    moment = datetime(1970, 1, 2, tzinfo=UTC)
    table = pa.table({"t": pa.array([moment], pa.timestamp("us", tz="UTC"))})
    fitted = TabularProcessor().fit(table, schema({"name": "t", "type": "timestamp"}))
    assert fitted.transform(table).tolist() == [[86_400.0]]


def test_fitting_leaves_the_processor_as_it_was() -> None:
    processor = TabularProcessor()
    processor.fit(mixed([FIRST]), MIXED)
    assert processor.names == ()
    with pytest.raises(ModelError, match="not fitted"):
        processor.transform(mixed([FIRST]))
    with pytest.raises(ModelError, match="not fitted"):
        processor.to_dict()


def test_the_label_may_be_there_or_not_and_the_order_is_free() -> None:
    table = mixed([FIRST, (None, 3, False, "y")])
    labelled = table.append_column("bad", pa.array([True, False]))
    fitted = TabularProcessor().fit(labelled, MIXED)
    assert (fitted.transform(labelled) == fitted.transform(table.select(list("dcba")))).all()


FITTED = TabularProcessor().fit(mixed([FIRST]), MIXED)


@pytest.mark.parametrize(
    ("table", "match"),
    [
        (mixed([FIRST]).drop_columns(["c"]), "columns are missing: c"),
        (mixed([FIRST]).append_column("e", pa.array([1])), "columns are unexpected: e"),
        (mixed([FIRST]).append_column("a", pa.array([1.0])), "columns are there twice: a"),
        (mixed([FIRST]).set_column(0, "a", pa.array(["1"])), "column 'a' is of type string"),
        (mixed([FIRST]).set_column(3, "d", pa.array([1])), "column 'd' is of type int64"),
    ],
)
def test_a_table_that_is_not_of_the_schema_is_refused(table: pa.Table, match: str) -> None:
    with pytest.raises(SchemaError, match=match):
        FITTED.transform(table)


def test_no_rows_can_be_transformed_but_not_fitted() -> None:
    assert FITTED.transform(mixed([])).shape == (0, len(FITTED.names))
    with pytest.raises(DataError, match="no rows"):
        TabularProcessor().fit(mixed([]), MIXED)


@pytest.mark.parametrize("impute", ["knn", "median", "mode"])
def test_a_column_without_any_value_cannot_be_imputed(impute: str) -> None:
    table = pa.table({"a": column([None, None], pa.float64())})
    with pytest.raises(DataError, match="no value to impute from"):
        TabularProcessor().fit(table, schema(number("a", impute)))


def test_reference_rows_are_capped_and_drawn_by_the_seed() -> None:
    generator = np.random.default_rng(0)
    table = pa.table({"a": generator.normal(size=2_500), "b": generator.normal(size=2_500)})
    things = schema(number("a"), number("b"))

    def rows(seed: int, order: Literal[1, -1]) -> list[list[float]]:
        facts = TabularProcessor(seed=seed).fit(table.take(list(range(2_500))[::order]), things).to_dict()
        found: list[list[float]] = facts["reference_rows"]
        return found

    assert len(rows(0, 1)) == 2_000
    assert rows(0, 1) == rows(0, -1)
    assert rows(0, 1) != rows(1, 1)


def test_a_saved_format_of_the_future_is_refused() -> None:
    with pytest.raises(ModelError, match="format"):
        load_processor({**FITTED.to_dict(), "format": 2})
    with pytest.raises(ModelError, match="broken"):
        load_processor({**FITTED.to_dict(), "center": [0.0]})
