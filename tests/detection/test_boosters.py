"""The text of XGBoost and LightGBM is checked before these libraries, which trust it, read it."""

import json
import re
from typing import Any

import pytest

from garrison.detection import FAMILIES
from garrison.errors import ModelError


@pytest.mark.parametrize(
    ("key", "value"),
    [("left_children", 9_999), ("right_children", 0), ("split_indices", 6), ("split_indices", -1)],
)
def test_xgboost_nodes_that_point_elsewhere_are_refused(key: str, value: int, data: Any) -> None:
    model = FAMILIES["xgboost"].fit(data.X, data.y, params={"trees": 3}, seed=0)
    whole = json.loads(model.files()["model.json"])
    assert type(model).from_files({"model.json": json.dumps(whole).encode()}).features == 6
    whole["learner"]["gradient_booster"]["model"]["trees"][1][key][0] = value
    with pytest.raises(ModelError, match="XGBoostModel cannot be read"):
        type(model).from_files({"model.json": json.dumps(whole).encode()})


def _in_model(whole: Any, name: str, value: Any) -> None:
    whole["learner"]["gradient_booster"]["model"][name] = value


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("iteration_indptr", [0, 1, 2, 1_000]),
        ("tree_info", [0, 0, 9]),
        ("gbtree_model_param", {"num_trees": "3", "num_parallel_tree": "5"}),
        ("cats", {"enc": [1], "feature_segments": [], "sorted_idx": []}),
    ],
)
def test_xgboost_counts_of_trees_that_are_not_there_are_refused(name: str, value: Any, data: Any) -> None:
    model = FAMILIES["xgboost"].fit(data.X, data.y, params={"trees": 3}, seed=0)
    whole = json.loads(model.files()["model.json"])
    _in_model(whole, name, value)
    with pytest.raises(ModelError, match="XGBoostModel cannot be read"):
        type(model).from_files({"model.json": json.dumps(whole).encode()})


def test_xgboost_reads_what_was_checked_where_a_name_stands_there_twice(data: Any) -> None:
    model = FAMILIES["xgboost"].fit(data.X, data.y, params={"trees": 3}, seed=0)
    content = model.files()["model.json"]
    twice = content.replace(b'"left_children":[', b'"left_children":[9999],"left_children":[', 1)
    assert twice != content
    assert (
        type(model).from_files({"model.json": twice}).score(data.X).tolist() == model.score(data.X).tolist()
    )


@pytest.mark.parametrize("key", ["loss_changes", "sum_hessian", "parents", "default_left"])
@pytest.mark.parametrize("value", [[], [0.0, None], "0"])
def test_xgboost_parts_of_another_length_or_kind_are_refused(key: str, value: Any, data: Any) -> None:
    model = FAMILIES["xgboost"].fit(data.X, data.y, params={"trees": 3}, seed=0)
    whole = json.loads(model.files()["model.json"])
    whole["learner"]["gradient_booster"]["model"]["trees"][1][key] = value
    with pytest.raises(ModelError, match="XGBoostModel cannot be read"):
        type(model).from_files({"model.json": json.dumps(whole).encode()})


@pytest.mark.parametrize(
    ("pattern", "replacement"),
    [
        (r"\nleft_child=\S+", "\nleft_child=9999"),
        (r"\nright_child=\S+", "\nright_child=-9999"),
        (r"\nsplit_feature=\S+", "\nsplit_feature=6"),
        (r"\nnum_cat=0", "\nnum_cat=1"),
        (r"\nnum_leaves=\S+", "\nnum_leaves=99999"),
        (r"\nleaf_value=\S+", "\nleaf_value="),
        (r"\nobjective=[^\n]+", "\nobjective=custom"),
        (r"\nfeature_infos=[^\n]+", "\nfeature_infos=none"),
        (r"\ndecision_type=[^\n]+", ""),
        (r"\ndecision_type=\d", "\ndecision_type=1"),
        (r"\nleaf_weight=\S+", "\nleaf_weight=heavy"),
        (r"\ninternal_count=\S+", "\ninternal_count=99999999999"),
        (r"\nthreshold=\S+", "\nthreshold=1e9999"),
        (r"\nshrinkage=1", "\nshrinkage=1\nshrinkage=1"),
        (r"\nTree=1\n", "\nTree=7\n"),
    ],
)
def test_lightgbm_text_that_it_does_not_write_is_refused(pattern: str, replacement: str, data: Any) -> None:
    model = FAMILIES["lightgbm"].fit(data.X, data.y, params={"trees": 3}, seed=0)
    text = model.files()["model.txt"].decode()
    assert _sized(text) == text
    changed = _sized(re.sub(pattern, replacement, text, count=1))
    assert changed != text
    with pytest.raises(ModelError, match="LightGBMModel cannot be read"):
        type(model).from_files({"model.txt": changed.encode()})


@pytest.mark.parametrize("sizes", ["1 2 3", "99999999 99999999 99999999", "", "-1 -1 -1"])
def test_lightgbm_trees_that_lie_elsewhere_than_it_says_are_refused(sizes: str, data: Any) -> None:
    model = FAMILIES["lightgbm"].fit(data.X, data.y, params={"trees": 3}, seed=0)
    changed = re.sub(r"\ntree_sizes=[^\n]+", f"\ntree_sizes={sizes}", model.files()["model.txt"].decode())
    with pytest.raises(ModelError, match="LightGBMModel cannot be read"):
        type(model).from_files({"model.txt": changed.encode()})


def _sized(text: str) -> str:
    """The text with the true size of each tree, so that it is refused for what else is wrong with it."""
    _, *trees = re.split(r"(?m)^(?=Tree=)", text.removesuffix("end of trees\n"))
    sizes = " ".join(str(len(tree)) for tree in trees)
    return re.sub(r"\ntree_sizes=[^\n]+", f"\ntree_sizes={sizes}", text)
