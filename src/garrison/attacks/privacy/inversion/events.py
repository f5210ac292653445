"""Events as points: the numbers of a table's columns, in standard deviations from what is usual in them."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from garrison.attacks.privacy.interface import Floats
from garrison.errors import DataError

FEW = 20
"""Whole numbers of which a table holds no more different ones are codes: no others are made."""


@dataclass(frozen=True)
class EventSpace:
    """Events like those of a table of the attacker's own, which may be few and unlabelled.

    ``like`` is one row, of which everything is kept but the numbers of ``columns``: these move between the least and
    the greatest of the table, and stay whole where they are.
    """

    like: pa.Table
    columns: tuple[str, ...]
    usual: Floats
    spread: Floats
    least: Floats
    most: Floats
    codes: tuple[tuple[int, Floats], ...] = ()
    """The places of columns that hold codes, and the codes in rising order."""

    @classmethod
    def of(cls, table: pa.Table, *, leave: tuple[str, ...] = ()) -> "EventSpace":
        """Events between those of ``table``; columns that are to be left as they are in its first row can be named.

        Raises ``DataError`` where there is no row, or no column of numbers that differ.
        """
        numbers = {}
        for name in table.column_names if len(table) else ():
            kind = table.schema.field(name).type
            if name not in leave and (pa.types.is_integer(kind) or pa.types.is_floating(kind)):
                values = pc.drop_null(table.column(name)).to_numpy().astype(np.float64)
                values = values[np.isfinite(values)]
                if len(values) and values.min() < values.max():
                    numbers[name] = values
        if not numbers:
            raise DataError(
                f"{len(table)} events with no numbers that differ", expected="events with columns of numbers"
            )
        parts = [[f(each) for each in numbers.values()] for f in (np.median, np.std, np.min, np.max)]
        whole = [pa.types.is_integer(table.schema.field(name).type) for name in numbers]
        levels = [np.unique(each) for each in numbers.values()]
        codes = tuple((place, each) for place, each in enumerate(levels) if whole[place] and len(each) <= FEW)
        usual, spread, least, most = (np.array(each, dtype=np.float64) for each in parts)
        return cls(table.slice(0, 1), tuple(numbers), usual, spread, least, most, codes)

    @property
    def size(self) -> int:
        """How many numbers move."""
        return len(self.columns)

    @property
    def prior(self) -> bool:
        """Usual events are likelier."""
        return True

    def records(self, points: Floats) -> pa.Table:
        """The events of points ``(n, size)``."""
        values = np.clip(self.usual + points * self.spread, self.least, self.most)
        for place, codes in self.codes:
            values[:, place] = codes[np.abs(values[:, place, None] - codes).argmin(axis=1)]
        made = self.like.take(pa.array(np.zeros(len(points), dtype=np.int64)))
        for place, name in enumerate(self.columns):
            field = made.schema.field(name)
            column = np.rint(values[:, place]) if pa.types.is_integer(field.type) else values[:, place]
            at = made.column_names.index(name)
            made = made.set_column(at, field, pa.array(column).cast(field.type))
        return made

    def begin(self, count: int, seed: int) -> Floats:
        """Near what is usual."""
        return np.random.default_rng(seed).normal(size=(count, self.size)) * 0.1
