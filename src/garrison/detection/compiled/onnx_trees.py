"""Trees as an ONNX model of one node: operator ``TreeEnsemble`` of ``ai.onnx.ml`` version 5."""

import numpy as np

from garrison.detection.compiled.onnx_form import one_node
from garrison.detection.compiled.tree_tables import TreeTables
from garrison.detection.families.base import Floats

_SUM, _AT_MOST, _NO_TRANSFORM = 1, 0, 0


def onnx_of(tables: TreeTables) -> tuple[bytes, float]:
    """The ONNX model that adds the leaves up, float32 or float64 ``(n, d)`` to ``(n, 1)``, and what it leaves out.

    The operator knows no tree that is a single leaf: what those say is the number that has to be added.
    """
    trees = tables.trees
    dtype = "float32" if tables.narrow else "float64"
    starts = np.cumsum(trees.counts, dtype=np.int64) - trees.counts
    leaf = trees.left < 0
    alone = leaf[starts]
    offset = np.repeat(starts, trees.counts)
    kept = ~np.repeat(alone, trees.counts)
    inner, leaves = kept & ~leaf, kept & leaf
    place = np.where(leaf, np.cumsum(leaves) - 1, np.cumsum(inner) - 1)
    left, right = (child[inner] + offset[inner] for child in (trees.left, trees.right))
    content = one_node(
        "TreeEnsemble",
        "ai.onnx.ml",
        {
            "aggregate_function": _SUM,
            "leaf_targetids": [0] * int(leaves.sum()),
            "leaf_weights": _as(trees.value[leaves], dtype),
            "n_targets": 1,
            "nodes_falseleafs": leaf[right].astype(np.int64).tolist(),
            "nodes_falsenodeids": place[right].tolist(),
            "nodes_featureids": trees.feature[inner].tolist(),
            "nodes_modes": np.full(int(inner.sum()), _AT_MOST, dtype=np.uint8),
            "nodes_splits": _as(trees.threshold[inner], dtype),
            "nodes_trueleafs": leaf[left].astype(np.int64).tolist(),
            "nodes_truenodeids": place[left].tolist(),
            "post_transform": _NO_TRANSFORM,
            "tree_roots": place[starts[~alone]].tolist(),
        },
        dtype=dtype,
        columns=tables.features,
        outputs=1,
    )
    return content, float(trees.value[starts[alone]].sum())


def _as(values: Floats, dtype: str) -> "np.ndarray[tuple[int], np.dtype[np.floating]]":
    with np.errstate(over="ignore"):
        return np.ascontiguousarray(values, dtype=dtype)
