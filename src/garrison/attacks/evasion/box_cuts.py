"""Where to cut a box of events in two."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from garrison.attacks.evasion.box_trees import Ensemble
from garrison.attacks.evasion.constraints import Bools
from garrison.attacks.evasion.rows import Floats, Ints
from garrison.attacks.evasion.task import Task
from garrison.attacks.evasion.tree_inputs import just_above

NARROW = 1e-9
"""Width, in standard deviations, below which a box is not cut along a column."""


@dataclass(frozen=True)
class Cuts:
    """What is needed to cut boxes of values of the chosen columns ``free``."""

    task: Task
    model: Ensemble
    free: Ints

    def cut(self, open_: Bools, low: Floats, high: Floats) -> list[tuple[Floats, Floats]]:
        """A box in two, of which the nodes ``open_`` are undecided, shape (nodes,).

        It is cut at a threshold of the column most are open of; else what they follow from is, at the widest. Relations
        are mostly products and quotients, so that width is one of ratios. Nothing where nothing is left.
        """
        nodes = np.flatnonzero(open_)
        trees = self.model.tables.trees
        inputs = trees.feature[nodes]
        direct = np.array(self.model.inputs.direct)[inputs]
        some = np.isin(direct, self.free)
        if some.any():
            column = int(np.bincount(direct[some]).argmax())
            here = some & (direct == column)
            values = (
                trees.threshold[nodes[here]] * self.model.inputs.scale[inputs[here]]
                + self.model.inputs.center[inputs[here]]
            )
            value = float(np.sort(values)[len(values) // 2])
            if self._whole(column):
                below, above = np.floor(value), np.floor(value) + 1
            else:
                below, above = value, float(just_above(np.array([value]))[0])
            if low[column] <= below < high[column]:
                return _halves(low, high, column, below, min(above, float(high[column])))
        units = self.task.units.each
        sources = sorted(set().union(*(self._sources[name] for name in np.unique(inputs)))) or [*self.free]
        wide = np.array(
            [column for column in sources if high[column] - low[column] > NARROW * units[column]], int
        )
        if not len(wide):
            wide = self.free[high[self.free] - low[self.free] > NARROW * units[self.free]]
        if not len(wide):
            return []
        least = 1e-9 * units[wide]
        positive = low[wide] >= 0
        top, bottom = np.where(positive, high[wide], 1.0) + least, np.where(positive, low[wide], 1.0) + least
        ratio = np.where(positive, np.log(top / bottom), np.inf)
        at = int(np.argmax(ratio))
        column, small = int(wide[at]), float(least[at])
        middle = (low[column] + high[column]) / 2
        if low[column] >= 0 and ratio[at] > 1:
            middle = float(np.sqrt((low[column] + small) * (high[column] + small)) - small)
        if self._whole(column):
            below = min(np.floor(middle), high[column] - 1)
            return _halves(low, high, column, below, below + 1)
        return _halves(low, high, column, middle, middle)

    def _whole(self, column: int) -> bool:
        return self.task.constraints.columns[column].type != "number"

    @cached_property
    def _sources(self) -> list[set[int]]:
        """For each of the model's inputs, the free columns it follows from."""
        constraints = self.task.constraints
        follows = {name: {place} for place, name in enumerate(constraints.names)}
        for one in constraints.given:
            parts = (*one.comparison.right.names, *one.asked)
            follows[one.gives] = follows[one.gives].union(*(follows[part] for part in parts))
        made = {each.name: (each.left, each.right) for each in self.model.combined}
        free = {int(place) for place in self.free}
        return [
            free & set().union(*(follows.get(part, set()) for part in made.get(name, (name,))))
            for name in self.model.inputs.names
        ]


def _halves(
    low: Floats, high: Floats, column: int, below: float, above: float
) -> list[tuple[Floats, Floats]]:
    first, second = high.copy(), low.copy()
    first[column], second[column] = below, above
    return [(low, first), (second, high)]
