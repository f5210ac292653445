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
    ],
)
def test_lightgbm_nodes_that_point_elsewhere_are_refused(pattern: str, replacement: str, data: Any) -> None:
    model = FAMILIES["lightgbm"].fit(data.X, data.y, params={"trees": 3}, seed=0)
    text = model.files()["model.txt"].decode()
    changed = re.sub(pattern, replacement, text, count=1)
    assert changed != text
    with pytest.raises(ModelError, match="LightGBMModel cannot be read"):
        type(model).from_files({"model.txt": changed.encode()})
