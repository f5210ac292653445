"""Decision trees as plain arrays: what scikit-learn's tree ensembles are saved as.

A forest of hundreds of trees is read in milliseconds, the file says nothing but numbers, and no node can point outside
its tree: children must come after their parent, so that walking down always ends.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from garrison.detection.families.arrays import Arrays
from garrison.detection.families.base import Floats

EXPECTED = {
    "counts": ("<i4", 1),
    "left": ("<i4", 1),
    "right": ("<i4", 1),
    "feature": ("<i4", 1),
    "threshold": ("<f8", 1),
    "value": ("<f8", 1),
}


@dataclass(frozen=True)
class Trees:
    """The nodes of all trees one after the other, ``counts`` of them a tree; ``left`` is -1 at a leaf.

    A row goes left where its ``feature`` is at most ``threshold``; ``value`` is what a leaf says.
    """

    counts: NDArray[np.int32]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    feature: NDArray[np.int32]
    threshold: Floats
    value: Floats

    @classmethod
    def of(cls, trees: Sequence[Any], *, value: Callable[[Any], Floats]) -> Self:
        """The arrays of scikit-learn ``Tree`` objects; ``value`` gives the value of each node of one."""
        return cls.join(
            [
                {
                    "left": tree.children_left,
                    "right": tree.children_right,
                    "feature": tree.feature,
                    "threshold": tree.threshold,
                    "value": value(tree),
                }
                for tree in trees
            ]
        )

    @classmethod
    def join(cls, nodes: Sequence[dict[str, Any]]) -> Self:
        """Trees one after the other; at a leaf, everything but the value is written in one way."""
        whole = {
            name: np.concatenate([tree[name] for tree in nodes]) for name in EXPECTED if name != "counts"
        }
        leaf = whole["left"] < 0
        for name, filler in {"right": -1, "feature": 0, "threshold": 0.0}.items():
            whole[name] = np.where(leaf, filler, whole[name])
        whole["value"] = np.where(leaf, whole["value"], 0.0)
        whole["counts"] = np.array([len(tree["left"]) for tree in nodes])
        return cls(**{name: np.asarray(whole[name], dtype=kind) for name, (kind, _) in EXPECTED.items()})

    def arrays(self) -> Arrays:
        """The trees as arrays, of the kinds in ``EXPECTED``."""
        return {name: getattr(self, name) for name in EXPECTED}

    @classmethod
    def from_arrays(cls, arrays: Arrays, *, features: int) -> Self:
        """The trees that ``arrays`` gave; ``ValueError`` when a node points outside its tree or the features."""
        trees = cls(**{name: arrays[name] for name in EXPECTED})
        sizes = {len(arrays[name]) for name in EXPECTED if name != "counts"}
        if trees.counts.min(initial=1) < 1 or sizes != {int(trees.counts.sum(dtype=np.int64))}:
            raise ValueError("the parts of the trees do not fit each other")
        starts = np.cumsum(trees.counts, dtype=np.int64) - trees.counts
        place = np.arange(len(trees.left)) - np.repeat(starts, trees.counts)
        inner = trees.left != -1
        for child in (trees.left[inner], trees.right[inner]):
            if (child <= place[inner]).any() or (child >= np.repeat(trees.counts, trees.counts)[inner]).any():
                raise ValueError("a node points outside its tree")
        if trees.feature.min(initial=0) < 0 or trees.feature.max(initial=0) >= features:
            raise ValueError("a node asks for a feature that is not there")
        return trees

    def _each(self) -> Sequence[slice]:
        ends = np.cumsum(self.counts, dtype=np.int64)
        return [slice(int(end - count), int(end)) for end, count in zip(ends, self.counts, strict=True)]

    def compiled(self, features: int) -> list[Any]:
        """scikit-learn ``Tree`` objects, whose ``predict`` takes float32 rows and gives ``(n, 1)`` values."""
        from sklearn.tree._tree import NODE_DTYPE, Tree

        compiled = []
        for part in self._each():
            nodes = np.zeros(part.stop - part.start, dtype=NODE_DTYPE)
            nodes["left_child"], nodes["right_child"] = self.left[part], self.right[part]
            nodes["feature"], nodes["threshold"] = self.feature[part], self.threshold[part]
            tree = Tree(features, np.array([1], dtype=np.intp), 1)
            values = np.ascontiguousarray(self.value[part]).reshape(-1, 1, 1)
            state = {"max_depth": 0, "node_count": len(nodes), "nodes": nodes, "values": values}
            tree.__setstate__(state)
            compiled.append(tree)
        return compiled

    def compiled_for_histograms(self) -> list[Any]:
        """Predictors of scikit-learn's histogram boosting, which compare float64 rows."""
        from sklearn.ensemble._hist_gradient_boosting.common import PREDICTOR_RECORD_DTYPE
        from sklearn.ensemble._hist_gradient_boosting.predictor import TreePredictor

        no_categories = np.zeros((0, 8), dtype=np.uint32)
        compiled = []
        for part in self._each():
            nodes = np.zeros(part.stop - part.start, dtype=PREDICTOR_RECORD_DTYPE)
            leaf = self.left[part] < 0
            nodes["left"], nodes["right"] = np.maximum(self.left[part], 0), np.maximum(self.right[part], 0)
            nodes["feature_idx"], nodes["num_threshold"] = self.feature[part], self.threshold[part]
            nodes["value"], nodes["is_leaf"] = self.value[part], leaf
            compiled.append(TreePredictor(nodes, no_categories, no_categories))
        return compiled


def narrowed(X: Floats) -> NDArray[np.float32]:
    """The rows as scikit-learn's trees see them: float32, what is too large for it being infinite."""
    with np.errstate(over="ignore"):
        return np.ascontiguousarray(X, dtype=np.float32)


def positive_share(tree: Any) -> Floats:
    """Of each node of a classification tree, the share of positive training rows."""
    share: Floats = tree.value[:, 0, 1]
    return share


def leaf_value(tree: Any) -> Floats:
    """The value at each node of a regression tree."""
    value: Floats = tree.value[:, 0, 0]
    return value
