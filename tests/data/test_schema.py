import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from garrison.data.schema import Schema
from garrison.errors import SchemaError

FACTS: dict[str, Any] = {
    "name": "sites",
    "description": "web sites",
    "columns": [
        {"name": "dots", "type": "integer", "minimum": 0, "maximum": 9, "meaning": "dots in the host"},
        {"name": "state", "type": "integer", "allowed": [-1, 0, 1], "nullable": True, "impute": "mode"},
        {"name": "host", "type": "string", "role": "group"},
        {"name": "note", "type": "string", "role": "ignore"},
        {"name": "verdict", "type": "string", "role": "label"},
    ],
    "label": {"column": "verdict", "positive": ["phishing", "malware"], "negative": "benign"},
    "group_by": "host",
}


def changed(*path: str | int, to: Any) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads(json.dumps(FACTS))
    place: Any = facts
    for step in path[:-1]:
        place = place[step]
    if to is None:
        del place[path[-1]]
    else:
        place[path[-1]] = to
    return facts


def test_a_features_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "features.json"
    path.write_text(json.dumps(FACTS))
    schema = Schema.read(path)
    assert schema.names == ("dots", "state", "host", "note", "verdict")
    assert schema.feature_names == ("dots", "state")
    assert schema.label is not None
    assert schema.label.positive == ("phishing", "malware")
    assert schema.column("dots").maximum == 9
    assert schema.arrow_schema().names == ["dots", "state", "host", "verdict"]
    assert schema.arrow_schema(with_label=False).names == ["dots", "state", "host"]


def test_a_dict_comes_back_equal() -> None:
    schema = Schema.from_dict(FACTS)
    assert Schema.from_dict(schema.to_dict()) == schema
    assert schema.to_dict()["description"] == "web sites"


def test_the_group_column_is_what_rows_are_grouped_by() -> None:
    assert Schema.from_dict(changed("group_by", to=None)).group_by == "host"
    assert Schema.from_dict(changed("group_by", to="domain:host")).group_by == "domain:host"


def test_an_unknown_column_is_named_with_those_there_are() -> None:
    with pytest.raises(SchemaError, match="'dot'") as caught:
        Schema.from_dict(FACTS).column("dot")
    assert "dots" in caught.value.expected


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        (changed("columns", 1, "name", to="dots"), "described twice"),
        (changed("columns", 0, "minimum", to=10), "above the maximum"),
        (changed("columns", 0, "minimum", to=0.5), "not of type integer"),
        (changed("columns", 0, "minimum", to=True), "not of type integer"),
        (changed("columns", 0, "allowed", to=[1, 11]), "outside the range"),
        (changed("columns", 0, "allowed", to=[]), "not a list of values"),
        (changed("columns", 0, "allowed", to=[1, 1]), "there twice"),
        (changed("columns", 0, "allowed", to=[2**63]), "not of type integer"),
        (changed("columns", 0, "type", to="float"), "unknown type"),
        (changed("columns", 0, "role", to="target"), "unknown role"),
        (changed("columns", 0, "impute", to="mean"), "unknown impute"),
        (changed("columns", 0, "nullable", to="yes"), "neither true nor false"),
        (changed("columns", 2, "minimum", to=1), "has no minimum"),
        (changed("columns", 2, "impute", to="knn"), "cannot be imputed"),
        (changed("columns", 4, "nullable", to=True), "label is nullable"),
        (changed("columns", 4, "role", to="feature"), "is not a label"),
        (changed("columns", 2, "role", to="label"), "two columns are labels"),
        (changed("columns", 4, "allowed", to=["phishing", "benign"]), "not its positive and negative"),
        (changed("columns", to=[]), "not a list of columns"),
        (changed("columns", to=[{"name": "verdict", "type": "string", "role": "label"}]), "no column is"),
        (changed("columns", 0, to=7), "not a mapping"),
        (changed("columns", 0, "name", to=""), "not a text"),
        (changed("label", to=None), "'label' is missing"),
        (changed("label", "column", to="class"), "not a label"),
        (changed("label", "negative", to="phishing"), "both positive and negative"),
        (changed("label", "negative", to=[]), "has no value"),
        (changed("label", "positive", to=1), "not of type string"),
        (changed("group_by", to="hosts"), "names no column"),
        (changed("group_by", to="note"), "names no column"),
        (changed("group_by", to="hots:host"), "unknown derivation 'hots'"),
        (changed("name", to=None), "not a text"),
    ],
)
def test_a_contradiction_is_named(facts: dict[str, Any], message: str) -> None:
    with pytest.raises(SchemaError, match=message) as caught:
        Schema.from_dict(facts, where="features.json")
    assert "features.json" in caught.value.where


def test_an_unknown_key_is_met_with_the_nearest_name() -> None:
    with pytest.raises(SchemaError, match="minimun") as caught:
        Schema.from_dict(changed("columns", 0, "minimun", to=1))
    assert caught.value.remedy == "did you mean 'minimum'?"


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'{"name": "a", "name": "b"}', b"[" * 100_000, b"\xff", b'{"name": NaN}', b"null"],
)
def test_a_file_that_is_no_features_file_is_a_schema_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "features.json"
    path.write_bytes(content)
    with pytest.raises(SchemaError) as caught:
        Schema.read(path)
    assert caught.value.where == str(path)


def test_a_file_that_is_not_there_is_a_schema_error(tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match="cannot read"):
        Schema.read(tmp_path / "none.json")
    with pytest.raises(SchemaError, match="cannot read"):
        Schema.read(tmp_path)


def test_labels_are_true_where_malicious() -> None:
    table = pa.table({"verdict": ["phishing", "benign", "malware"]})
    assert np.array_equal(Schema.from_dict(FACTS).labels(table), [True, False, True])


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (["phishing", "spam"], "first in row 2: 'spam'"),
        (["phishing", None], "first in row 2: missing"),
        (["phishing", "malware"], "all 2 labels are positive"),
        (["benign"], "all 1 labels are negative"),
        ([], "no rows"),
    ],
)
def test_labels_that_cannot_be_learned_from_are_an_error(values: list[str | None], message: str) -> None:
    with pytest.raises(SchemaError, match=message):
        Schema.from_dict(FACTS).labels(pa.table({"verdict": pa.array(values, pa.string())}))


def test_labels_that_are_not_there_are_an_error() -> None:
    with pytest.raises(SchemaError, match="'verdict' is missing"):
        Schema.from_dict(FACTS).labels(pa.table({"dots": [1]}))
    without = changed("label", to=None)
    del without["columns"][4]
    with pytest.raises(SchemaError, match="no label"):
        Schema.from_dict(without).labels(pa.table({"dots": [1]}))
