"""XGBoost's own JSON, looked through before XGBoost is given it.

XGBoost ends the whole process when its binary form is cut short, and follows child numbers and counts of trees wherever
they point. It reads JSON in its own way, too: of a name that stands there twice it may take the other one than was
checked. So what was checked is written anew, and that is what it gets.
"""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

_KINDS = {
    **dict.fromkeys(("left_children", "right_children", "parents", "split_indices", "split_type"), "i"),
    **dict.fromkeys(("split_conditions", "base_weights", "loss_changes", "sum_hessian"), "if"),
    "default_left": "ib",
}
_CATEGORIES = ("categories", "categories_nodes", "categories_segments", "categories_sizes")
_LARGEST = 3.5e38
"""What is larger is infinite as XGBoost's numbers."""


def checked_json(content: bytes) -> bytes:
    """The same trees as XGBoost may read them; ``ValueError``, ``KeyError`` or ``TypeError`` for what is not whole.

    Every node of every tree points inside its tree, to a node after it, and asks for a feature that is there.
    """
    whole = json.loads(content)
    learner = whole["learner"]
    booster, said = learner["gradient_booster"], learner["learner_model_param"]
    features = int(said["num_feature"])
    if booster["name"] != "gbtree" or learner["objective"]["name"] != "binary:logistic" or features < 1:
        raise ValueError("not the trees of a binary classifier")
    if (said["num_class"], said["num_target"]) != ("0", "1") or learner["feature_types"]:
        raise ValueError("not one output of numbers alone")
    if len(learner["feature_names"]) not in (0, features):
        raise ValueError("not one name a feature")
    _check_trees(booster["model"], features)
    return json.dumps(whole, allow_nan=False).encode()


def _check_trees(model: Mapping[str, Any], features: int) -> None:
    trees = model["trees"]
    counts = model["gbtree_model_param"]
    if (int(counts["num_trees"]), counts["num_parallel_tree"]) != (len(trees), "1"):
        raise ValueError("another number of trees than it says")
    if model["tree_info"] != [0] * len(trees) or model["iteration_indptr"] != [*range(len(trees) + 1)]:
        raise ValueError("not one tree a round, of one output")
    if any(model.get("cats", {}).values()):
        raise ValueError("a feature of categories")
    for number, tree in enumerate(trees):
        if tree["id"] != number:
            raise ValueError("the trees are not in order")
        _check_tree(tree, features)


def _check_tree(tree: Mapping[str, Any], features: int) -> None:
    said = tree["tree_param"]
    count = int(said["num_nodes"])
    if (said["num_deleted"], said["size_leaf_vector"], int(said["num_feature"])) != ("0", "1", features):
        raise ValueError("a tree of another kind")
    if count < 1 or any(tree[name] for name in _CATEGORIES) or any(tree["split_type"]):
        raise ValueError("a tree of another kind")
    parts = {name: _numbers(tree[name], count, kinds) for name, kinds in _KINDS.items()}
    left, right, feature = (parts[name] for name in ("left_children", "right_children", "split_indices"))
    inner = left != -1
    if (inner != (right != -1)).any():
        raise ValueError("a node with one child")
    for child in (left[inner], right[inner]):
        if (child <= np.flatnonzero(inner)).any() or (child >= count).any():
            raise ValueError("a node points outside its tree")
    if (feature < 0).any() or (feature >= features).any():
        raise ValueError("a node asks for a feature that is not there")


def _numbers(values: Any, count: int, kinds: str) -> NDArray[Any]:
    found = np.array(values)
    if found.shape != (count,) or found.dtype.kind not in kinds or (np.abs(found) > _LARGEST).any():
        raise ValueError("the parts of a tree do not fit each other")
    return found
