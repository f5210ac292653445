"""Many rows through hundreds of small trees at once, a bit a row.

Each comparison that any tree makes is made once for a block of rows, and kept as a plane: one bit a row. Which rows
reach a node is such a plane too: that of its parent, and-ed with the parent's comparison. So 64 rows take one step of a
tree in one instruction, where walking a tree takes a step a row and cannot guess where the next one leads. (The idea of
QuickScorer, Lucchese et al., SIGIR 2015, which keeps a bit a leaf for one row; here it is a bit a row for one leaf.)

The leaves of a tree are numbered from left to right. The planes of the bits of that number are unions of planes of
whole subtrees; unpacked, they are each row's leaf in each tree. Trees with hundreds of leaves are walked faster.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from garrison.detection.compiled.tree_tables import TreeTables
from garrison.detection.families.base import Floats

BLOCK = 8_192
"""Rows of a block; a multiple of 64."""
GROUP_NODES = 3_000
"""Nodes of the trees that are gone through together: so many planes as stay close to the processor."""

Ints = NDArray[np.int64]
Planes = NDArray[np.uint64]


@dataclass(frozen=True)
class _Level:
    """The inner nodes of one depth: their comparisons, and which children of the depth above they are.

    Children are numbered with all left ones first.
    """

    comparisons: Ints
    places: Ints


@dataclass(frozen=True)
class _Group:
    """Some trees: their levels; how the planes of the bits of a leaf's number are put together; what each leaf adds.

    ``parts`` are children, numbered over all levels, that make up the planes ``planes`` (one of a tree and a bit):
    first one for each, then the second of all that have two, and so on, ``ends`` saying where. ``leaves`` has a row a
    tree.
    """

    levels: tuple[_Level, ...]
    children: int
    bits: int
    parts: Ints
    ends: tuple[int, ...]
    planes: Ints
    leaves: Floats


class BitPlanes:
    """The scores of trees, for many rows; exactly the leaves that walking the trees leads to."""

    name = "bit planes"

    def __init__(self, tables: TreeTables) -> None:
        self.tables = tables
        trees = tables.trees
        starts = np.cumsum(trees.counts, dtype=np.int64) - trees.counts
        alone = trees.left[starts] < 0
        self._start = float(trees.value[starts[alone]].sum())
        inner = trees.left >= 0
        dtype = np.float32 if tables.narrow else np.float64
        thresholds = trees.threshold.astype(dtype)
        pairs = np.stack([trees.feature[inner].astype(np.float64), thresholds[inner].astype(np.float64)])
        distinct, which = np.unique(pairs, axis=1, return_inverse=True)
        self._features, first = np.unique(distinct[0].astype(np.int64), return_index=True)
        self._thresholds = np.split(distinct[1].astype(dtype), first[1:]) if len(first) else []
        comparison = np.full(len(inner), -1, dtype=np.int64)
        comparison[inner] = which.ravel()
        self._comparisons = distinct.shape[1]
        chosen = np.flatnonzero(~alone)
        sizes = np.cumsum(trees.counts[chosen], dtype=np.int64)
        cuts = np.flatnonzero(np.diff(sizes // GROUP_NODES)) + 1
        parts = np.split(chosen, cuts) if len(chosen) else []
        self._groups = [_grouped(tables, part, starts, comparison) for part in parts]

    def score(self, X: Floats) -> Floats:
        """The score of each row of ``X``, float64 ``(n, d)``; shape ``(n,)``."""
        totals = np.empty(len(X))
        for start in range(0, len(X), BLOCK):
            totals[start : start + BLOCK] = self._totals(X[start : start + BLOCK])
        return self.tables.score(totals)

    def _totals(self, X: Floats) -> Floats:
        rows = len(X)
        if rows < BLOCK:
            X = np.concatenate([X, np.zeros((-rows % 64, X.shape[1]))])
        planes = self._compared(X)
        total, added = np.full(len(X), self._start), np.empty(len(X))
        for group in self._groups:
            leaf = _leaves(group, planes, len(X))
            for number, values in zip(leaf, group.leaves, strict=True):
                # No number is too large; but numpy would copy once more to make sure of it first.
                np.take(values, number, out=added, mode="clip")
                total += added
        return total[:rows]

    def _compared(self, X: Floats) -> Planes:
        """The planes of all comparisons, shape (comparisons, rows / 64)."""
        seen = np.ascontiguousarray(self.tables.seen(X[:, self._features]).T)
        planes = np.empty((self._comparisons, len(X) // 8), dtype=np.uint8)
        done = 0
        for values, thresholds in zip(seen, self._thresholds, strict=True):
            at_most = values <= thresholds[:, None]
            planes[done : done + len(thresholds)] = np.packbits(at_most, axis=1)
            done += len(thresholds)
        return planes.view(np.uint64)


def _leaves(group: _Group, planes: Planes, rows: int) -> NDArray[Any]:
    """The number of each row's leaf in each tree of a group, shape (trees, rows)."""
    trees, words = len(group.leaves), planes.shape[1]
    children = np.empty((group.children, words), dtype=np.uint64)
    done = 0
    above = children[:0]
    for level in group.levels:
        count = len(level.comparisons)
        here = children[done : done + 2 * count]
        left, right = here[:count], here[count:]
        np.take(planes, level.comparisons, axis=0, out=left, mode="clip")
        if not done:
            np.invert(left, out=right)
        else:
            reached = np.take(above, level.places, axis=0)
            left &= reached
            np.bitwise_xor(reached, left, out=right)
        above, done = here, done + 2 * count
    bits = np.zeros((group.bits * trees, words), dtype=np.uint64)
    bits[group.planes] = _together(np.take(children, group.parts, axis=0), group.ends)
    each = np.unpackbits(bits.view(np.uint8), axis=1, count=rows).reshape(group.bits, trees, rows)
    number: NDArray[Any] = each[-1].astype(np.uint8 if group.bits <= 8 else np.uint16)
    for place in reversed(range(group.bits - 1)):
        number += number
        number |= each[place]
    return number


def _together(parts: Planes, ends: tuple[int, ...]) -> Planes:
    """The unions of planes, by the order that ``_Group`` says."""
    union = parts[: ends[0]]
    for start, end in pairwise(ends):
        union[: end - start] |= parts[start:end]
    return union


def _grouped(tables: TreeTables, chosen: Ints, starts: Ints, comparison: Ints) -> _Group:
    """What is prepared for the trees ``chosen``."""
    trees = tables.trees
    most = max(_leaf_count(tables, int(tree), starts) for tree in chosen)
    bits = max((most - 1).bit_length(), 1)
    leaves = np.zeros((len(chosen), 1 << bits))
    low, high = _spans(tables, chosen, starts)
    for number, tree in enumerate(chosen):
        part = slice(int(starts[tree]), int(starts[tree] + trees.counts[tree]))
        leaf = trees.left[part] < 0
        leaves[number, low[part][leaf]] = trees.value[part][leaf]
    nodes, places, offset, tree_of = (
        starts[chosen],
        np.empty(0, dtype=np.int64),
        starts[chosen],
        np.arange(len(chosen)),
    )
    levels: list[_Level] = []
    parts: list[Ints] = []
    planes: list[Ints] = []
    done = 0
    while len(nodes):
        levels.append(_Level(comparison[nodes], places))
        children = np.concatenate([trees.left[nodes] + offset, trees.right[nodes] + offset])
        parents, row = np.concatenate([nodes, nodes]), np.concatenate([tree_of, tree_of])
        for bit in range(bits):
            whole = _same(low, high, children, bit) & ~_same(low, high, parents, bit)
            found = np.flatnonzero(whole & ((low[children] >> bit) & 1 == 1))
            parts.append(found + done)
            planes.append(row[found] + bit * len(chosen))
        done += len(children)
        places = np.flatnonzero(trees.left[children] >= 0)
        nodes, tree_of, offset = children[places], row[places], np.concatenate([offset, offset])[places]
    order, ends, distinct = _in_turns(np.concatenate(planes))
    return _Group(tuple(levels), done, bits, np.concatenate(parts)[order], ends, distinct, leaves)


def _in_turns(planes: Ints) -> tuple[Ints, tuple[int, ...], Ints]:
    """An order in which first one part of each plane comes, then the second of those that have two, and so on; where
    each turn ends; and the planes in the order of the first turn, those with most parts first.

    >>> _in_turns(np.array([7, 5, 7, 7]))
    (array([0, 1, 2, 3]), (2, 3, 4), array([7, 5]))
    """
    distinct, which, counts = np.unique(planes, return_inverse=True, return_counts=True)
    by_count = np.argsort(-counts, kind="stable")
    rank = np.empty(len(distinct), dtype=np.int64)
    rank[by_count] = np.arange(len(distinct))
    grouped = np.argsort(which, kind="stable")
    turn = np.empty(len(planes), dtype=np.int64)
    turn[grouped] = np.arange(len(planes)) - np.repeat(np.cumsum(counts) - counts, counts)
    order = np.lexsort((rank[which], turn))
    return order, tuple(np.cumsum(np.bincount(turn)).tolist()), distinct[by_count]


def _leaf_count(tables: TreeTables, tree: int, starts: Ints) -> int:
    part = tables.trees.left[starts[tree] : starts[tree] + tables.trees.counts[tree]]
    return int((part < 0).sum())


def _spans(tables: TreeTables, chosen: Ints, starts: Ints) -> tuple[Ints, Ints]:
    """The first number, and the one after the last, of the leaves under each node, from left to right in its tree."""
    trees = tables.trees
    low = np.zeros(len(trees.left), dtype=np.int64)
    high = np.zeros(len(trees.left), dtype=np.int64)
    for tree in chosen:
        start = int(starts[tree])
        part = slice(start, start + int(trees.counts[tree]))
        left, right = trees.left[part].tolist(), trees.right[part].tolist()
        sizes, first = [1] * len(left), [0] * len(left)
        for node in reversed(range(len(left))):
            if left[node] >= 0:
                sizes[node] = sizes[left[node]] + sizes[right[node]]
        for node, child in enumerate(left):
            if child >= 0:
                first[child] = first[node]
                first[right[node]] = first[node] + sizes[child]
        low[part] = first
        high[part] = np.add(first, sizes)
    return low, high


def _same(low: Ints, high: Ints, nodes: Ints, bit: int) -> NDArray[np.bool_]:
    """Whether all leaves under each node have the same ``bit`` in their number."""
    return np.asarray(low[nodes] >> bit == (high[nodes] - 1) >> bit)
