from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pytest
from hypothesis import given
from hypothesis import strategies as st

from garrison.data.catalogue import locate
from garrison.data.hygiene import inspect_hygiene, lone_separators, separator_caveats
from garrison.data.row_codes import row_codes, value_codes
from garrison.data.schema import Schema
from garrison.errors import SchemaError

CONFIGS = Path(__file__).parents[2] / "configs" / "phishing"


def two_columns(**label: object) -> Schema:
    return Schema.from_dict(
        {
            "name": "sites",
            "columns": [
                {"name": "a", "type": "integer", "nullable": True, "impute": "median"},
                {"name": "b", "type": "string"},
                {"name": "bad", "type": "integer", "role": "label"},
            ],
            "label": {"column": "bad", "positive": 1, "negative": 0},
        }
    )


def test_the_full_phishing_set_has_the_published_repeats() -> None:
    path = locate("phishing_websites")
    if path is None:
        pytest.skip("the Phishing Websites set is not on this machine")
    found = inspect_hygiene(pyarrow.csv.read_csv(path), Schema.read(CONFIGS / "features.json"))
    assert found.rows == 11_055
    assert found.duplicate_rows == 5_206
    assert found.distinct_feature_rows == 5_785
    assert found.contradictory_feature_rows == 64
    assert found.class_counts == {"-1": 4_898, "1": 6_157}
    assert found.missing == {}
    assert found.constant_columns == ()
    assert {caveat.code for caveat in found.caveats} == {"duplicate-rows", "contradictory-labels"}


def test_the_embedded_set_has_625_distinct_feature_rows() -> None:
    path = locate("phishing_embedded")
    assert path is not None
    with pa.CompressedInputStream(str(path), "gzip") as stream:
        table = pyarrow.csv.read_csv(stream)
    schema = Schema.read(CONFIGS / "embedded.json")
    checked = schema.validate(table)
    assert checked.refused.num_rows == 0
    found = inspect_hygiene(checked.table, schema)
    assert (found.rows, found.distinct_feature_rows) == (1_250, 625)
    assert found.class_counts == {"0": 702, "1": 548}


def test_repeats_and_contradictions_are_counted_apart() -> None:
    table = pa.table({"a": [1, 1, 1, 2, 2], "b": ["x", "x", "x", "x", "y"], "bad": [1, 1, 0, 0, 0]})
    found = inspect_hygiene(table, two_columns())
    assert found.duplicate_rows == 1
    assert found.distinct_feature_rows == 3
    assert found.contradictory_feature_rows == 1


def test_missing_values_and_constant_columns_are_named() -> None:
    table = pa.table({"a": [1, None, 3, None], "b": ["x"] * 4, "bad": [1, 0, 0, 1]})
    found = inspect_hygiene(table, two_columns())
    assert found.missing == {"a": 2}
    assert found.constant_columns == ("b",)
    assert {caveat.code: caveat.value for caveat in found.caveats}["missing-values"] == 0.5


def test_missing_values_equal_each_other_and_nothing_else() -> None:
    table = pa.table({"a": pa.array([None, None, 0], pa.int64()), "b": ["x"] * 3, "bad": [1, 1, 0]})
    assert inspect_hygiene(table, two_columns()).distinct_feature_rows == 2


def test_a_column_that_tells_the_label_is_named() -> None:
    table = pa.table({"a": list(range(20)), "b": ["x", "y"] * 10, "bad": [0] * 10 + [1] * 10})
    found = inspect_hygiene(table, two_columns())
    assert [one.column for one in found.lone_separators] == ["a"]
    assert found.lone_separators[0].auc == 1.0
    assert "lone-separator" in {caveat.code for caveat in found.caveats}


def test_a_text_column_that_tells_the_label_is_named() -> None:
    table = pa.table({"a": [5, 6] * 10, "b": ["x"] * 10 + ["y"] * 10, "bad": [0] * 10 + [1] * 10})
    assert [one.column for one in inspect_hygiene(table, two_columns()).lone_separators] == ["b"]


def test_a_one_sided_column_is_a_caveat() -> None:
    X = np.array([[1.0], [2.0], [3.0], [9.0], [5.0], [6.0], [7.0], [8.0]])
    y = np.array([True, True, True, True, False, False, False, False])
    (found,) = lone_separators(X, y, ("length",))
    assert (found.auc, found.one_sided) == (0.75, 0.75)
    assert [caveat.code for caveat in separator_caveats(found)] == ["one-sided-column"]


def test_the_auc_of_a_column_is_that_of_scikit_learn() -> None:
    from sklearn.metrics import roc_auc_score

    generator = np.random.default_rng(1)
    X = generator.integers(0, 6, size=(200, 3)).astype(float)
    y = generator.random(200) < 0.2 + 0.1 * X[:, 0]
    for one, column in zip(lone_separators(X, y, ("a", "b", "c")), X.T, strict=True):
        auc = roc_auc_score(y, column)
        assert one.auc == pytest.approx(max(auc, 1 - auc))


def test_a_table_without_labels_is_inspected_as_far_as_it_goes() -> None:
    found = inspect_hygiene(pa.table({"a": [1, 1], "b": ["x", "x"]}), two_columns())
    assert found.duplicate_rows == 1
    assert found.contradictory_feature_rows == 0
    assert found.class_counts == {}


def test_a_missing_feature_is_refused() -> None:
    with pytest.raises(SchemaError, match="b"):
        inspect_hygiene(pa.table({"a": [1], "bad": [1]}), two_columns())


def test_a_rare_class_is_a_caveat() -> None:
    table = pa.table({"a": [i % 7 for i in range(100)], "b": ["x", "y"] * 50, "bad": [1] + [0] * 99})
    assert "rare-class" in {caveat.code for caveat in inspect_hygiene(table, two_columns()).caveats}


def test_rare_kinds_of_a_label_are_one_caveat() -> None:
    kinds = [f"attack{number}" for number in range(8)]
    schema = Schema.from_dict(
        {
            "name": "flows",
            "columns": [
                {"name": "a", "type": "integer"},
                {"name": "kind", "type": "string", "role": "label"},
            ],
            "label": {"column": "kind", "positive": "*", "negative": "normal"},
        }
    )
    table = pa.table({"a": list(range(200)), "kind": kinds + ["normal"] * 192})
    (rare,) = [each for each in inspect_hygiene(table, schema).caveats if each.code == "rare-class"]
    assert rare.text.startswith(
        "8 of the label's 9 values have fewer than 5 % of the 200 rows each: 'attack0' (1)"
    )
    assert rare.text.endswith("and 3 more; accuracy says little of them")


def test_nan_and_negative_zero_are_values_like_others() -> None:
    codes = value_codes(pa.chunked_array([[float("nan"), 0.0], [-0.0, float("nan")]]))
    assert codes[0] == codes[3]
    assert codes[1] == codes[2]
    assert codes[0] != codes[1]


cells = st.one_of(st.none(), st.integers(-2, 2))


@given(st.lists(st.tuples(cells, cells, st.sampled_from(["x", "y", None])), max_size=30))
def test_row_codes_are_equal_exactly_where_rows_are(
    rows: list[tuple[int | None, int | None, str | None]],
) -> None:
    table = pa.table(
        {
            "a": pa.array([row[0] for row in rows], pa.int64()),
            "b": pa.array([row[1] for row in rows], pa.float64()),
            "c": pa.array([row[2] for row in rows], pa.string()),
        }
    )
    codes = row_codes(table, ("a", "b", "c")).tolist()
    assert len(set(codes)) == len(set(rows))
    assert len(set(zip(codes, rows, strict=True))) == len(set(rows))


def test_many_wide_columns_do_not_overflow() -> None:
    generator = np.random.default_rng(0)
    columns = {f"c{i}": np.concatenate([half := generator.permutation(500), half]) for i in range(12)}
    codes = row_codes(pa.table(columns), tuple(columns))
    assert (codes[:500] == codes[500:]).all()
    assert len(np.unique(codes)) == 500
