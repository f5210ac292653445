"""The tables of a booster of XGBoost, from its own JSON."""

import json

import numpy as np

from garrison.detection.compiled.tree_tables import TreeTables, below_in_float32
from garrison.detection.families.trees import Trees
from garrison.detection.families.xgboost import FILE, XGBoostModel


def of_xgboost(model: XGBoostModel) -> TreeTables:
    """A row goes left where it is less than the split, both being float32; a leaf stands where a split would."""
    learner = json.loads(model.files()[FILE])["learner"]
    nodes = []
    for tree in learner["gradient_booster"]["model"]["trees"]:
        values = np.array(tree["split_conditions"], dtype=np.float64)
        nodes.append(
            {
                "left": np.array(tree["left_children"]),
                "right": np.array(tree["right_children"]),
                "feature": np.array(tree["split_indices"]),
                "threshold": below_in_float32(values),
                "value": values,
            }
        )
    share = float(np.ravel(json.loads(learner["learner_model_param"]["base_score"]))[0])
    return TreeTables(
        features=model.features,
        trees=Trees.join(nodes),
        start=float(np.log(share / (1 - share))),
        narrow=True,
        link="expit",
    )
