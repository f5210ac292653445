"""Relations in a features file: what they mean, and that contradictions are found and named."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_attacks import FEATURES

from garrison.data.arithmetic import Arithmetic
from garrison.data.configs import config_folder
from garrison.data.relation_spec import Relation
from garrison.data.schema import Schema
from garrison.errors import SchemaError


def facts(*relations: Any, **attackers: Any) -> dict[str, Any]:
    columns = [
        {**column, "attacker": attackers[column["name"]]} if column["name"] in attackers else column
        for column in FEATURES["columns"]
    ]
    return {**FEATURES, "columns": columns, "relations": list(relations)}


def test_a_schema_with_relations_is_written_and_read_back() -> None:
    schema = Schema.from_dict(FEATURES)
    assert Schema.from_dict(schema.to_dict()) == schema
    assert schema.relations[0].gives == "mean"
    assert schema.relations[2] == Relation("bytes >= 20 * packets")


@pytest.mark.parametrize(
    ("relation", "said"),
    [
        ("mean = bytess / packets", "'bytess' is no feature"),
        ("mean = bad", "'bad' is no feature"),
        ("mean = __import__('os').getcwd()", "is neither a number nor a name"),
        ("mean = bytes ** 2", "is neither a number nor a name"),
        ("mean", "is no comparison"),
        ("mean = bytes = packets", "is no comparison"),
        ("1 = 1", "names no column"),
        ("mean = " + "-(" * 30 + "bytes" + ")" * 30, "go too deep"),
        ("mean = bytes +" + " 1 +" * 100 + " 1", "too long"),
        ({"holds": "mean = bytes", "within": -1}, "'within' is -1"),
        ({"holds": "mean = bytes", "when": "proto = tcp'"}, "is no"),
        ({"holds": "mean = bytes", "then": "x"}, "unknown key 'then'"),
        ("errors >= 2", "contradicts the bounds of its columns: errors from 0 to 1"),
        ("packets <= 0", "contradicts the bounds of its columns: packets from 1 to inf"),
    ],
)
def test_what_is_no_relation_is_refused(relation: Any, said: str) -> None:
    with pytest.raises(SchemaError) as refused:
        Schema.from_dict(facts(relation), where="flows.json")
    assert said in str(refused.value)
    assert "flows.json" in refused.value.where


def test_relations_that_contradict_each_other_are_named() -> None:
    two = facts("mean = bytes / packets", "mean = 3 * packets")
    with pytest.raises(
        SchemaError, match="two relations give 'mean': 'mean = bytes / packets' and 'mean = 3"
    ):
        Schema.from_dict(two)
    with pytest.raises(SchemaError, match="made of itself"):
        Schema.from_dict(facts("mean = rate * 2", "rate = mean / 2"))


def test_what_follows_from_what_can_be_changed_is_not_out_of_reach() -> None:
    with pytest.raises(SchemaError, match=r"contradicts the attacker of 'mean'.*bytes, packets"):
        Schema.from_dict(facts("mean = bytes / packets", mean={"change": "none"}))
    with pytest.raises(SchemaError, match="the attacker's bounds contradict the column's"):
        Schema.from_dict(facts(errors={"change": "both", "minimum": 2}))


def test_divisions_by_zero_and_missing_values_say_nothing() -> None:
    relation = Relation("mean = bytes / packets", within=0.5)
    columns = {
        "mean": np.array([3.4, 3.6, 9.0, 9.0]),
        "bytes": np.array([3.0, 3.0, 3.0, np.nan]),
        "packets": np.array([1.0, 1.0, 0.0, 1.0]),
    }
    found = relation.comparison.holds(columns, within=relation.within)
    assert found.tolist() == [True, False, True, True]


def test_a_span_is_never_narrower_than_the_values() -> None:
    draw = np.random.default_rng(0)
    for text in ("a * b - c", "(a + b - 1) / c", "a / (b - c)", "-a * (b - a)", "a / b / c"):
        expression = Arithmetic.read(text)
        low = {name: draw.normal(size=50) for name in "abc"}
        high = {name: low[name] + draw.exponential(size=50) for name in "abc"}
        least, most = expression.span({name: (low[name], high[name]) for name in "abc"})
        for _ in range(50):
            values = expression.values({name: draw.uniform(low[name], high[name]) for name in "abc"})
            known = ~np.isnan(values)
            assert (values[known] >= np.broadcast_to(least, 50)[known] - 1e-9).all()
            assert (values[known] <= np.broadcast_to(most, 50)[known] + 1e-9).all()


@pytest.mark.parametrize("name", ["unsw_nb15", "nsl_kdd"])
def test_the_features_files_of_public_data_sets_have_relations(name: str) -> None:
    schema = Schema.read(Path(config_folder("threats")) / f"{name}.json")
    assert len(schema.relations) > 10
    assert any(column.attacker and column.attacker.change != "none" for column in schema.features)


@pytest.mark.parametrize("name", ["features", "embedded"])
def test_a_phisher_changes_its_url_and_its_page_but_not_what_others_say_of_its_domain(name: str) -> None:
    schema = Schema.read(Path(config_folder("phishing")) / f"{name}.json")
    changes = {column.name: column.attacker.change for column in schema.features if column.attacker}
    assert {*changes} == {*schema.feature_names}
    others = {
        "age_of_domain",
        "is_popular",
        "web_traffic",
        "Page_Rank",
        "Links_pointing_to_page",
        "Google_Index",
    }
    for column, change in changes.items():
        assert column not in others or change == "none"
    assert {"both"} == {
        changes[name] for name in ("URL_Length", "long_url", "Iframe", "https") if name in changes
    }
