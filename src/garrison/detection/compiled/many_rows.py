"""Many rows at once, by whatever is fastest for the model and gives its scores."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from garrison.detection.compiled.bit_planes import BLOCK, BitPlanes
from garrison.detection.compiled.compile_model import TABLES, TOLERANCE, probes
from garrison.detection.compiled.tree_tables import TreeTables
from garrison.detection.families.base import Floats, Model, checked_rows
from garrison.spread import threads

FEWEST_ROWS = 512
"""Rows below which planes do not pay."""
MOST_LEAVES = 256
"""Leaves of a tree, in the mean, above which walking it is faster than planes."""


class ManyRows:
    """The scores of a model for tables of rows, and exactly its verdicts at ``threshold``.

    Small trees are gone through by ``BitPlanes``, once these gave the model's scores, to ``TOLERANCE``, on rows made of
    the trees' own thresholds; a score that close to ``threshold`` is the plain model's. All else is the plain model's.
    """

    def __init__(self, model: Model, *, threshold: float) -> None:
        self.model = model
        self.threshold = threshold
        self._planes = _planes(model)
        self.engine = self._planes.name if self._planes else "the plain model"

    def score(self, X: Floats, *, jobs: int = 1) -> Floats:
        """The score of each row of ``X``, float64 ``(n, d)``, by ``jobs`` threads (-1: one a core); shape ``(n,)``.

        Raises what ``Model.score`` does.
        """
        if self._planes is None or len(X) < FEWEST_ROWS or X.shape[1] != self.model.features:
            return self.model.score(X, jobs=jobs)
        rows = checked_rows(X)
        found = np.clip(_in_threads(self._planes, rows, threads(jobs)), 0.0, 1.0)
        close = np.flatnonzero(np.abs(found - self.threshold) <= TOLERANCE)
        if len(close):
            found[close] = self.model.score(rows[close])
        return found


def _in_threads(planes: BitPlanes, rows: Floats, most: int) -> Floats:
    count = min(most, -(-len(rows) // BLOCK))
    if count < 2:
        return planes.score(rows)
    # Whole blocks: each costs the same, full or not.
    cuts = [BLOCK * round(len(rows) / BLOCK * part / count) for part in range(1, count)]
    with ThreadPoolExecutor(count) as pool:
        return np.concatenate(list(pool.map(planes.score, np.split(rows, cuts))))


def _planes(model: Model) -> BitPlanes | None:
    """The planes of a model of small trees; None where there are none, or where their scores are not the model's."""
    read = TABLES.get(type(model))
    if read is None:
        return None
    try:
        tables: TreeTables = read(model)
        trees = tables.trees
        if not tables.splits or int((trees.left < 0).sum()) > MOST_LEAVES * len(trees.counts):
            return None
        planes = BitPlanes(tables)
        tried = probes(tables.values())
        right = bool((np.abs(planes.score(tried) - model.score(tried)) <= TOLERANCE).all())
    except Exception:  # whatever is wrong with an export, the plain model is always there
        return None
    return planes if right else None
