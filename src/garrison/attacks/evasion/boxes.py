"""Boxes of events: what can be in them, what the trees can say there, and where to cut them."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from garrison.attacks.evasion.constraints import Bools
from garrison.attacks.evasion.rows import Floats, Ints
from garrison.attacks.evasion.task import Task
from garrison.attacks.evasion.tree_inputs import Inputs, just_above, tables_of
from garrison.attacks.evasion.units import norm_of
from garrison.data.arithmetic import Span
from garrison.data.combined_spec import Combined
from garrison.data.relation_spec import Comparison, TextCondition
from garrison.detection.compiled.tree_tables import TreeTables

NARROW = 1e-9
"""Width, in standard deviations, below which a box is not cut along a column."""


@dataclass(frozen=True)
class Looked:
    """Of each box, shape (b, …): whether anything in it can pass, what it costs at least, what its columns can be, and
    which nodes of the trees are open in it."""

    possible: Bools
    cost: Floats
    low: Floats
    high: Floats
    open: Bools


@dataclass(frozen=True)
class Boxes:
    """What is needed to look at boxes of values of the chosen columns ``free``."""

    task: Task
    tables: TreeTables
    inputs: Inputs
    combined: tuple[Combined, ...]
    X0: Floats
    threshold: float
    free: Ints
    starts: Ints

    @classmethod
    def of(cls, task: Task, model: Any, processor: Any, threshold: float) -> "Boxes":
        """For the events of a task and one ensemble of trees."""
        tables = tables_of(model)[0]
        fitted = processor.fitted
        combined = getattr(fitted, "combined", None)
        if combined is None:
            combined = fitted.tabular.fitted.combined
        counts = tables.trees.counts.astype(np.intp)
        return cls(
            task,
            tables,
            Inputs.of(processor, task.rows),
            combined,
            task.numbers(task.Z0, task.at),
            threshold,
            np.flatnonzero(task.constraints.chosen),
            np.cumsum(counts) - counts,
        )

    def whole(self, at: int) -> tuple[Floats, Floats]:
        """The box of all that event ``at`` may become within the budget, two of shape (columns,)."""
        low, high = (each[0] for each in self.task.box(np.array([at])))
        low = np.where(
            self.task.constraints.chosen, np.maximum(low, self.task.limits[0][at]), self.task.Z0[at]
        )
        high = np.where(
            self.task.constraints.chosen, np.minimum(high, self.task.limits[1][at]), self.task.Z0[at]
        )
        for place in self.free:
            if self.task.constraints.columns[place].type != "number":
                low[place], high[place] = np.ceil(low[place]), np.floor(high[place])
        return low, high

    def nearest(self, at: int, low: Floats, high: Floats) -> Floats:
        """Of each box the chosen values nearest to event ``at``, shape (b, columns)."""
        return np.asarray(np.clip(np.broadcast_to(self.task.Z0[at], low.shape), low, high))

    def look(self, at: int, low: Floats, high: Floats) -> Looked:
        """Look at boxes, two of shape (b, columns)."""
        low, high, possible = self._followed(at, low, high)
        own = self.task.Z0[at]
        apart = np.nan_to_num(np.maximum(np.maximum(low - own, own - high), 0.0)) / self.task.units.each
        for place in self.task.units.text:
            apart[:, place] = apart[:, place] > 0
        cost = norm_of(apart, self.task.norm)
        least, open_ = self._least(at, low, high)
        possible &= (low <= high).all(axis=1, where=~np.isnan(low))
        return Looked(possible & (self.tables.score(least) < self.threshold), cost, low, high, open_)

    def _followed(self, at: int, low: Floats, high: Floats) -> tuple[Floats, Floats, Bools]:
        """What the columns that follow can be, and whether inequalities leave anything."""
        constraints, own = self.task.constraints, self.task.Z0[at]
        low, high = low.copy(), high.copy()
        limits = self.task.limits[0][at], self.task.limits[1][at]
        possible = np.ones(len(low), dtype=np.bool_)

        def spans() -> dict[str, Span]:
            return {name: (low[:, place], high[:, place]) for place, name in enumerate(constraints.names)}

        for one in constraints.given:
            if one not in constraints.moving:
                continue
            place = constraints.names.index(one.gives)
            sure, never = self._asked(one.conditions, low, high)
            least, most = one.comparison.right.span(spans())
            if constraints.columns[place].type != "number":
                least, most = np.floor(least + 0.5), np.floor(most + 0.5)
            sources = [constraints.names.index(name) for name in (*one.comparison.right.names, *one.asked)]
            same = ((low[:, sources] <= own[sources]) & (own[sources] <= high[:, sources])).all(axis=1)
            free = bool(constraints.chosen[place])
            # One that is not chosen stays, rounded as it was measured, where nothing that it follows from changes.
            unsure = (same & (not free)) | ~sure | ~np.isfinite(least) | ~np.isfinite(most)
            before_low = low[:, place] if free else np.broadcast_to(own[place], len(low))
            before_high = high[:, place] if free else np.broadcast_to(own[place], len(low))
            unknown = ~np.isfinite(least) | ~np.isfinite(most)
            new_low = np.where(unknown, limits[0][place], np.maximum(least, limits[0][place]))
            new_high = np.where(unknown, limits[1][place], np.minimum(most, limits[1][place]))
            slack = one.within + one.relative * np.maximum(np.abs(new_low), np.abs(new_high))
            slack = np.where(free & np.isfinite(slack), slack, 0.0)
            new_low = np.where(unsure, np.minimum(new_low, before_low), new_low - slack)
            new_high = np.where(unsure, np.maximum(new_high, before_high), new_high + slack)
            if free:
                new_low, new_high = np.maximum(new_low, before_low), np.minimum(new_high, before_high)
            if not free:
                new_low, new_high = (
                    np.minimum(new_low, low[:, place]) if self._again(one.gives) else new_low,
                    (np.maximum(new_high, high[:, place]) if self._again(one.gives) else new_high),
                )
            low[:, place] = np.where(never, low[:, place], new_low)
            high[:, place] = np.where(never, high[:, place], new_high)
        for one in constraints.moving:
            if one.comparison.sign == "=" or one.conditions:
                continue
            (left, right), (least, most) = (
                one.comparison.left.span(spans()),
                one.comparison.right.span(spans()),
            )
            slack = one.within + (
                one.relative * np.maximum(np.abs(least), np.abs(most)) if one.relative else 0.0
            )
            broken = left > most + slack if one.comparison.sign == "<=" else right < least - slack
            possible &= ~broken
        return low, high, possible

    def _again(self, name: str) -> bool:
        """Whether several relations give a column, each under conditions of its own."""
        return sum(one.gives == name for one in self.task.constraints.given) > 1

    def _asked(
        self, conditions: tuple[Comparison | TextCondition, ...], low: Floats, high: Floats
    ) -> tuple[Bools, Bools]:
        """Whether all conditions are surely true in each box, and whether one is surely false."""
        constraints = self.task.constraints
        sure, never = np.ones(len(low), dtype=np.bool_), np.zeros(len(low), dtype=np.bool_)
        for one in conditions:
            names = (one.name,) if isinstance(one, TextCondition) else one.names
            places = [constraints.names.index(name) for name in names]
            fixed = (low[:, places] == high[:, places]).all(axis=1)
            if isinstance(one, TextCondition):
                texts = constraints.texts[one.name]
                code = texts.index(one.text) if one.text in texts else -1
                holds = (low[:, places[0]] == code) == one.same
            else:
                holds = one.holds({name: low[:, place] for name, place in zip(names, places, strict=True)})
            sure &= fixed & holds
            never |= fixed & ~holds
        return sure, never

    def _least(self, at: int, low: Floats, high: Floats) -> tuple[Floats, Bools]:
        """The least sum of leaves in each box, shape (b,), and which nodes are undecided in it, shape (b, nodes)."""
        bottom, top = self._spans(at, low, high)
        trees = self.tables.trees
        inner = trees.left >= 0
        first = np.repeat(self.starts, trees.counts)
        reached = np.zeros((len(low), len(trees.left)), dtype=np.bool_)
        reached[:, self.starts] = True
        open_ = np.zeros_like(reached)
        nodes = self.starts[inner[self.starts]]
        while len(nodes):
            column = trees.feature[nodes]
            left = reached[:, nodes] & (bottom[:, column] <= trees.threshold[nodes])
            right = reached[:, nodes] & (top[:, column] > trees.threshold[nodes])
            open_[:, nodes] = left & right
            children = np.concatenate([trees.left[nodes] + first[nodes], trees.right[nodes] + first[nodes]])
            reached[:, children] = np.concatenate([left, right], axis=1)
            nodes = children[inner[children]]
        values = np.where(reached & ~inner, trees.value, np.inf)
        return np.minimum.reduceat(values, self.starts, axis=1).sum(axis=1), open_

    def _spans(self, at: int, low: Floats, high: Floats) -> tuple[Floats, Floats]:
        """What the model's inputs can be in each box, two of shape (b, d), as the trees see them."""
        bottom, top = (np.tile(self.X0[at], (len(low), 1)) for _ in range(2))
        names = {column.name: place for place, column in enumerate(self.task.rows.columns)}
        movable = self.task.constraints.movable
        made = {each.name: each for each in self.combined}
        for column, name in enumerate(self.inputs.names):
            center, scale = self.inputs.center[column], self.inputs.scale[column]
            place = self.inputs.direct[column]
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
        return np.asarray(self.tables.seen(bottom), np.float64), np.asarray(self.tables.seen(top), np.float64)

    def cut(self, looked: Looked, place: int, low: Floats, high: Floats) -> list[tuple[Floats, Floats]]:
        """A box in two: at a threshold of the column most are open of; else of what they follow from, at the widest.

        Relations are mostly products and quotients, so that width is one of ratios. Nothing where nothing is left.
        """
        nodes = np.flatnonzero(looked.open[place])
        trees = self.tables.trees
        inputs = trees.feature[nodes]
        direct = np.array(self.inputs.direct)[inputs]
        some = np.isin(direct, self.free)
        if some.any():
            column = int(np.bincount(direct[some]).argmax())
            here = some & (direct == column)
            values = (
                trees.threshold[nodes[here]] * self.inputs.scale[inputs[here]]
                + self.inputs.center[inputs[here]]
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
        made = {each.name: (each.left, each.right) for each in self.combined}
        free = {int(place) for place in self.free}
        return [
            free & set().union(*(follows.get(part, set()) for part in made.get(name, (name,))))
            for name in self.inputs.names
        ]


def _halves(
    low: Floats, high: Floats, column: int, below: float, above: float
) -> list[tuple[Floats, Floats]]:
    first, second = high.copy(), low.copy()
    first[column], second[column] = below, above
    return [(low, first), (second, high)]


def _combined(how: str, low: Floats, high: Floats, least: Floats, most: Floats) -> Span:
    """What two columns in one can be: the left from ``low`` to ``high``, the right from ``least`` to ``most``."""
    if how == "difference":
        return low - most, high - least
    below, above = low + most, high + least
    return (
        np.divide(low, below, out=np.zeros_like(low), where=below > 0),
        np.where(high > 0, np.divide(high, above, out=np.ones_like(high), where=above > 0), 0.0),
    )
