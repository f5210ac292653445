"""What an attacker can make of an event, so that it is still one that can be: from the features file.

Three kinds of columns: those the attacker chooses (``chosen``: direction, bounds, whole numbers, allowed values),
those that follow from others by a relation (``given``: a mean follows from a sum and a count), and all the rest,
which stay.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from garrison.attacks.evasion.judged_relations import Bools, applies, broken, named
from garrison.attacks.evasion.mending import repaired
from garrison.attacks.evasion.rows import Floats, Rows
from garrison.data.relation_spec import Relation
from garrison.data.schema import Column
from garrison.errors import SchemaError

__all__ = ["Bools", "Constraints"]


@dataclass(frozen=True)
class Constraints:
    """The columns of rows as numbers, which of them can be changed, and the relations that hold between them.

    ``lifted`` is the attacker that no traffic could follow: every number may be changed within its column's bounds, in
    either direction, and no relation holds.
    """

    columns: tuple[Column, ...]
    texts: dict[str, tuple[str, ...]]
    relations: tuple[Relation, ...]
    lifted: bool = False

    @classmethod
    def of(cls, rows: Rows, relations: tuple[Relation, ...]) -> "Constraints":
        """Those of ``rows``; ``SchemaError`` when an attacker can change nothing."""
        found = cls(rows.columns, rows.texts, relations)
        if not found.chosen.any():
            raise SchemaError(
                "an attacker can change no feature",
                expected='an "attacker" whose "change" is up, down or both, for one feature or more',
                remedy="say in the features file what an attacker can change, and give it with --features",
            )
        return found

    def without_limits(self) -> "Constraints":
        """The same columns, free of every relation and direction."""
        return replace(self, relations=(), lifted=True)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The columns, in order."""
        return tuple(column.name for column in self.columns)

    @cached_property
    def chosen(self) -> Bools:
        """Which columns an attacker may choose, where no relation gives them; shape (columns,)."""
        always = {one.gives for one in self.relations if one.gives and not one.when}
        return np.array(
            [
                (self.lifted and column.type in ("integer", "number"))
                or (not self.lifted and _change(column) != "none" and column.name not in always)
                for column in self.columns
            ]
        )

    @cached_property
    def given(self) -> tuple[Relation, ...]:
        """The relations that give a column, those that others are made of first."""
        waiting = [one for one in self.relations if one.gives]
        ordered: list[Relation] = []
        while waiting:
            made = {one.gives for one in waiting}
            ready = [one for one in waiting if not made & {*one.comparison.right.names, *one.asked}]
            ordered += ready
            waiting = [one for one in waiting if one not in ready]
        return tuple(ordered)

    @cached_property
    def movable(self) -> Bools:
        """Which columns may end up changed: chosen ones, and those that follow from them; shape (columns,)."""
        moves = {name for name, chosen in zip(self.names, self.chosen, strict=True) if chosen}
        for one in self.given:
            if moves & {*one.comparison.right.names, *one.asked}:
                moves.add(one.gives)
        return np.array([name in moves for name in self.names])

    @cached_property
    def moving(self) -> tuple[Relation, ...]:
        """The relations in which something may change; the others hold in an event if they did before."""
        names = {name for name, moves in zip(self.names, self.movable, strict=True) if moves}
        return tuple(one for one in self.relations if names & {*one.comparison.names, *one.asked})

    def bounds(self, Z0: Floats) -> tuple[Floats, Floats]:
        """The least and the largest each number may become, two of shape (n, columns), for events ``Z0``."""
        low, high = np.full(Z0.shape, -np.inf), np.full(Z0.shape, np.inf)
        for place, column in enumerate(self.columns):
            own = Z0[:, place]
            if not self.movable[place]:
                low[:, place], high[:, place] = own, own
                continue
            least, most = self._limits(column)
            way = "both" if self.lifted or column.attacker is None else column.attacker.change
            low[:, place] = own if way == "up" else np.minimum(least, own)
            high[:, place] = own if way == "down" else np.maximum(most, own)
        return low, high

    def reach(self, place: int) -> tuple[float, float]:
        """The least and the largest that the column at ``place`` may become in any event, whatever it was before."""
        return self._limits(self.columns[place])

    def _limits(self, column: Column) -> tuple[float, float]:
        if column.type == "string":
            return 0.0, float(len(self.texts[column.name]) - 1)
        if column.type == "boolean":
            return 0.0, 1.0
        low = column.minimum if isinstance(column.minimum, int | float) else -np.inf
        high = column.maximum if isinstance(column.maximum, int | float) else np.inf
        if column.attacker is not None and not self.lifted:
            if column.attacker.minimum is not None:
                low = max(low, column.attacker.minimum)
            if column.attacker.maximum is not None:
                high = min(high, column.attacker.maximum)
        if column.type == "integer":
            low, high = max(low, -(2.0**53)), min(high, 2.0**53)
        return float(low), float(high)

    def repair(
        self,
        Z0: Floats,
        Z: Floats,
        *,
        box: tuple[Floats, Floats] | None = None,
        limits: tuple[Floats, Floats] | None = None,
    ) -> tuple[Floats, Bools]:
        """Events that can be, near to the proposals ``Z``, shape (n, columns), and whether each is one, shape (n,)."""
        return repaired(self, Z0, Z, box=box, limits=limits)

    def holds(self, Z0: Floats, Z: Floats) -> Bools:
        """Whether each event ``Z`` is one that can be made of ``Z0``, shape (n,): each constraint is looked at anew."""
        return self.bounded(Z0, Z, *self.bounds(Z0)) & ~self.broken(Z).any(axis=1)

    def bounded(self, Z0: Floats, Z: Floats, low: Floats, high: Floats) -> Bools:
        """Whether what stays has stayed, and what moves is within bounds, whole and allowed, shape (n,)."""
        moving = np.flatnonzero(self.movable)
        still = np.flatnonzero(~self.movable)
        fine = ((Z[:, still] == Z0[:, still]) | (np.isnan(Z[:, still]) & np.isnan(Z0[:, still]))).all(axis=1)
        for place in moving:
            column, values, own = self.columns[place], Z[:, place], Z0[:, place]
            right = (values >= low[:, place]) & (values <= high[:, place])
            if column.type != "number":
                right &= values == np.rint(values)
            if column.allowed is not None and column.type != "string":
                right &= (values == own) | np.isin(values, np.array(column.allowed, float))
            fine &= right | (np.isnan(own) & np.isnan(values))
        return np.asarray(fine)

    def broken(self, Z: Floats, relations: tuple[Relation, ...] | None = None) -> Bools:
        """Which relations (None: all) each event breaks, shape (n, relations)."""
        return broken(self.relations if relations is None else relations, self.named(Z), self.texts)

    def applies(self, one: Relation, values: dict[str, Floats]) -> Bools:
        """In which rows a relation's conditions are true, shape (n,)."""
        return applies(one, values, self.texts)

    def named(self, Z: Floats) -> dict[str, Floats]:
        """The columns of rows by name."""
        return named(self.names, Z)


def _change(column: Column) -> str:
    return "none" if column.attacker is None else column.attacker.change
