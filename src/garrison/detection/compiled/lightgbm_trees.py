"""The tables of a booster of LightGBM, from its own text."""

import numpy as np

from garrison.detection.compiled.tree_tables import TreeTables
from garrison.detection.families.base import Floats
from garrison.detection.families.lightgbm import FILE, LightGBMModel
from garrison.detection.families.lightgbm_text import text_trees
from garrison.detection.families.trees import Trees
from garrison.errors import ModelError

_CATEGORICAL = 1
_ZERO_IS_MISSING = 1
_ZERO = float(np.float32(1e-35))
"""LightGBM takes numbers that are no further from zero than this for zero."""


def of_lightgbm(model: LightGBMModel) -> TreeTables:
    """Inner nodes come first, then the leaves, to which children below 0 point; everything is float64.

    ``ModelError`` for splits by category, and where zero was taken for a missing value.
    """
    nodes = []
    for facts in text_trees(model.files()[FILE].decode()):
        leaves = np.array(facts["leaf_value"].split(), dtype=np.float64)
        kinds = np.array(facts.get("decision_type", "").split(), dtype=np.int64)
        if ((kinds & _CATEGORICAL) != 0).any() or ((kinds >> 2 & 3) == _ZERO_IS_MISSING).any():
            raise ModelError(
                "the trees split by category, or take zero for missing",
                expected="numbers compared with numbers",
            )
        inner, nothing = len(kinds), np.full(len(leaves), -1)

        def children(name: str, facts: dict[str, str] = facts, inner: int = inner) -> np.ndarray:
            to = np.array(facts.get(name, "").split(), dtype=np.int64)
            return np.where(to < 0, inner + ~to, to)

        nodes.append(
            {
                "left": np.concatenate([children("left_child"), nothing]),
                "right": np.concatenate([children("right_child"), nothing]),
                "feature": np.concatenate(
                    [np.array(facts.get("split_feature", "").split(), dtype=np.int64), np.zeros(len(leaves))]
                ),
                "threshold": np.concatenate(
                    [
                        _beside_zero(np.array(facts.get("threshold", "").split(), dtype=np.float64)),
                        np.zeros(len(leaves)),
                    ]
                ),
                "value": np.concatenate([np.zeros(inner), leaves]),
            }
        )
    return TreeTables(features=model.features, trees=Trees.join(nodes), start=0.0, narrow=False, link="expit")


def _beside_zero(thresholds: Floats) -> Floats:
    """Thresholds that send numbers LightGBM takes for zero to the side to which it sends zero."""
    high = np.where((thresholds >= 0) & (thresholds < _ZERO), _ZERO, thresholds)
    return np.where((high < 0) & (high >= -_ZERO), np.nextafter(-_ZERO, -np.inf), high)
