"""What an ensemble of trees can say in a box of events: the least sum of its leaves."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from garrison.attacks.evasion.constraints import Bools
from garrison.attacks.evasion.rows import Floats, Ints
from garrison.attacks.evasion.task import Task
from garrison.attacks.evasion.tree_inputs import Inputs, tables_of
from garrison.data.arithmetic import Span
from garrison.data.combined_spec import Combined
from garrison.detection.compiled.tree_tables import TreeTables


@dataclass(frozen=True)
class Ensemble:
    """One ensemble of trees, what its ``inputs`` are made of, and those of the events ``X0``, shape (n, d)."""

    tables: TreeTables
    inputs: Inputs
    combined: tuple[Combined, ...]
    X0: Floats

    @classmethod
    def of(cls, task: Task, model: Any, processor: Any) -> "Ensemble":
        """For the events of a task."""
        fitted = processor.fitted
        combined = getattr(fitted, "combined", None)
        if combined is None:
            combined = fitted.tabular.fitted.combined
        inputs = Inputs.of(processor, task.rows)
        return cls(tables_of(model)[0], inputs, combined, task.numbers(task.Z0, task.at))

    @cached_property
    def starts(self) -> Ints:
        """Where the root of each tree is among all nodes, shape (trees,)."""
        counts = self.tables.trees.counts.astype(np.intp)
        return np.asarray(np.cumsum(counts) - counts)


def least_sum(model: Ensemble, task: Task, at: int, low: Floats, high: Floats) -> tuple[Floats, Bools]:
    """The least sum of leaves in each box, shape (b,), and which nodes are undecided in it, shape (b, nodes)."""
    bottom, top = _spans(model, task, at, low, high)
    trees = model.tables.trees
    inner = trees.left >= 0
    first = np.repeat(model.starts, trees.counts)
    reached = np.zeros((len(low), len(trees.left)), dtype=np.bool_)
    reached[:, model.starts] = True
    open_ = np.zeros_like(reached)
    nodes = model.starts[inner[model.starts]]
    while len(nodes):
        column = trees.feature[nodes]
        left = reached[:, nodes] & (bottom[:, column] <= trees.threshold[nodes])
        right = reached[:, nodes] & (top[:, column] > trees.threshold[nodes])
        open_[:, nodes] = left & right
        children = np.concatenate([trees.left[nodes] + first[nodes], trees.right[nodes] + first[nodes]])
        reached[:, children] = np.concatenate([left, right], axis=1)
        nodes = children[inner[children]]
    values = np.where(reached & ~inner, trees.value, np.inf)
    return np.minimum.reduceat(values, model.starts, axis=1).sum(axis=1), open_


def _spans(model: Ensemble, task: Task, at: int, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """What the model's inputs can be in each box, two of shape (b, d), as the trees see them."""
    bottom, top = (np.tile(model.X0[at], (len(low), 1)) for _ in range(2))
    names = {column.name: place for place, column in enumerate(task.rows.columns)}
    movable = task.constraints.movable
    made = {each.name: each for each in model.combined}
    for column, name in enumerate(model.inputs.names):
        center, scale = model.inputs.center[column], model.inputs.scale[column]
        place = model.inputs.direct[column]
        if place >= 0:
            if not movable[place]:
                continue
            least, most = low[:, place], high[:, place]
        elif name in made:
            one = made[name]
            left, right = names[one.left], names[one.right]
            if not (movable[left] or movable[right]):
                continue
            least, most = _combined(one.how, low[:, left], high[:, left], low[:, right], high[:, right])
        else:
            continue
        known = ~np.isnan(least)
        bottom[known, column] = (least[known] - center) / scale
        top[known, column] = (most[known] - center) / scale
    return np.asarray(model.tables.seen(bottom), np.float64), np.asarray(model.tables.seen(top), np.float64)


def _combined(how: str, low: Floats, high: Floats, least: Floats, most: Floats) -> Span:
    """What two columns in one can be: the left from ``low`` to ``high``, the right from ``least`` to ``most``."""
    if how == "difference":
        return low - most, high - least
    below, above = low + most, high + least
    return (
        np.divide(low, below, out=np.zeros_like(low), where=below > 0),
        np.where(high > 0, np.divide(high, above, out=np.ones_like(high), where=above > 0), 0.0),
    )
