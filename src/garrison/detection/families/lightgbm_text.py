"""LightGBM's own text, read through line by line before LightGBM is given it.

LightGBM ends the whole process where a line of a tree is missing or is no list of numbers, jumps to where
``tree_sizes`` tells it, and follows child numbers wherever they point. So every line must be one that it writes itself.
"""

import re

import numpy as np
from numpy.typing import NDArray

START, END_OF_TREES = "tree\n", "\nend of trees\n"

_ONE_OUTPUT = {
    "version": "v4",
    "num_class": "1",
    "num_tree_per_iteration": "1",
    "label_index": "0",
    "objective": "binary sigmoid:1",
}
_HEAD = frozenset({*_ONE_OUTPUT, "max_feature_idx", "feature_names", "feature_infos", "tree_sizes"})
_MAY_BE = frozenset({"monotone_constraints"})
_PLAIN_TREE = {"num_cat": "0", "is_linear": "0"}

_INTEGER = re.compile(r"-?[0-9]{1,9}")
_NUMBER = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,30})?(e[+-]?[0-9]{1,3})?")
_GAIN = re.compile(rf"{_NUMBER.pattern}|-?inf")
_NAME = re.compile(r"[!-~]{1,200}")
_INFO = re.compile(rf"none|\[({_NUMBER.pattern}):({_NUMBER.pattern})\]")

_OF_NODES = {
    "split_feature": _INTEGER,
    "split_gain": _GAIN,
    "threshold": _NUMBER,
    "decision_type": _INTEGER,
    "left_child": _INTEGER,
    "right_child": _INTEGER,
    "internal_value": _NUMBER,
    "internal_weight": _NUMBER,
    "internal_count": _INTEGER,
}
_OF_LEAVES = {"leaf_value": _NUMBER, "leaf_weight": _NUMBER, "leaf_count": _INTEGER}
_NOT_OF_ONE_LEAF = frozenset({"leaf_weight"})
_TREE = frozenset({"num_leaves", *_PLAIN_TREE, *_OF_NODES, *_OF_LEAVES, "shrinkage"})


def check_text(text: str) -> None:
    """Raise ``ValueError`` unless it is what LightGBM writes of the trees of a binary classifier, each of them whole.

    Every node points inside its tree, to a node after it or to a leaf, and asks for a feature that is there.
    """
    if not text.isascii() or not text.startswith(START) or not text.endswith(END_OF_TREES):
        raise ValueError("not the text of a LightGBM model")
    head, *trees = re.split(r"(?m)^(?=Tree=)", text.removesuffix(END_OF_TREES.lstrip("\n")))
    facts = _lines(head.removeprefix(START), _HEAD, _MAY_BE)
    features = int(_tokens(facts["max_feature_idx"], 1, _INTEGER)[0]) + 1
    if {name: facts[name] for name in _ONE_OUTPUT} != _ONE_OUTPUT or features < 1:
        raise ValueError("not the trees of a binary classifier")
    _tokens(facts["feature_names"], features, _NAME)
    _tokens(facts["feature_infos"], features, _INFO)
    if "monotone_constraints" in facts:
        _tokens(facts["monotone_constraints"], features, _INTEGER)
    if [int(size) for size in _tokens(facts["tree_sizes"], len(trees), _INTEGER)] != [*map(len, trees)]:
        raise ValueError("the trees do not lie where they are said to")
    for number, tree in enumerate(trees):
        first, _, rest = tree.partition("\n")
        if first != f"Tree={number}":
            raise ValueError("the trees are not in order")
        _check_tree(_lines(rest, _TREE), features)


def text_trees(text: str) -> list[dict[str, str]]:
    """What is written of each tree, by name, in the text of a model that has been checked."""
    _, *trees = text.removesuffix(END_OF_TREES).split("\nTree=")
    return [dict(line.split("=", 1) for line in tree.splitlines() if "=" in line) for tree in trees]


def _check_tree(facts: dict[str, str], features: int) -> None:
    leaves = int(_tokens(facts["num_leaves"], 1, _INTEGER)[0])
    if leaves < 1 or {name: facts[name] for name in _PLAIN_TREE} != _PLAIN_TREE:
        raise ValueError("a tree of another kind")
    _tokens(facts["shrinkage"], 1, _NUMBER)
    for name, kind in _OF_LEAVES.items():
        _tokens(facts[name], 0 if leaves == 1 and name in _NOT_OF_ONE_LEAF else leaves, kind)
    nodes = {name: _tokens(facts[name], leaves - 1, kind) for name, kind in _OF_NODES.items()}
    feature, decision, left, right = (
        np.array(nodes[name], dtype=np.int64)
        for name in ("split_feature", "decision_type", "left_child", "right_child")
    )
    for child in (left, right):
        _check_children(child, leaves)
    if (feature < 0).any() or (feature >= features).any():
        raise ValueError("a node asks for a feature that is not there")
    if (decision < 0).any() or (decision >= 12).any() or (decision & 1).any():
        raise ValueError("a node decides in another way than by a threshold")


def _check_children(child: NDArray[np.int64], leaves: int) -> None:
    place = np.arange(leaves - 1)
    if (child < -leaves).any() or (child >= leaves - 1).any() or ((child >= 0) & (child <= place)).any():
        raise ValueError("a node points outside its tree")


def _lines(block: str, needed: frozenset[str], may_be: frozenset[str] = frozenset()) -> dict[str, str]:
    facts: dict[str, str] = {}
    for line in block.rstrip("\n").split("\n"):
        name, found, value = line.partition("=")
        if not found or name in facts:
            raise ValueError("a line that LightGBM does not write")
        facts[name] = value
    if not needed <= facts.keys() <= needed | may_be:
        raise ValueError("other lines than LightGBM writes")
    return facts


def _tokens(value: str, count: int, kind: re.Pattern[str]) -> list[str]:
    tokens = value.split(" ") if value else []
    if len(tokens) != count or not all(map(kind.fullmatch, tokens)):
        raise ValueError("the parts of a tree do not fit each other")
    return tokens
