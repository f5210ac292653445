"""How large a change is: each column in standard deviations of the training data, all columns together by a norm."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from garrison.attacks.evasion.rows import Floats, Rows

Norm = Literal["linf", "l2", "l1"]
NORMS: tuple[Norm, ...] = ("linf", "l2", "l1")

SLACK = 1 + 1e-9
"""What rounding may add to a cost."""

OWN = "the standard deviations of the data that are attacked"
TRAINING = "the standard deviations of the training data"


@dataclass(frozen=True)
class Units:
    """The standard deviation of each column, shape (columns,), 1 for a constant one; ``source`` says of which rows.

    A text costs 1 where it is another, so that one flipped category is one standard deviation.
    """

    each: Floats
    source: str
    text: tuple[int, ...] = ()

    @classmethod
    def of(cls, rows: Rows, spreads: Mapping[str, float] | None = None) -> "Units":
        """Those named in ``spreads``, else those of the rows themselves."""
        each = np.ones(len(rows.columns))
        known = True
        for place, column in enumerate(rows.columns):
            if column.type in ("string", "timestamp"):  # the moment of an event stays as it is
                continue
            given = None if spreads is None else spreads.get(column.name)
            stays = column.attacker is None or column.attacker.change == "none"
            known &= given is not None or (column.type == "boolean" and stays)
            present = rows.Z[:, place][~np.isnan(rows.Z[:, place])]
            spread = given if given is not None else float(present.std()) if len(present) else 1.0
            each[place] = spread if np.isfinite(spread) and spread > 0 else 1.0
        text = tuple(place for place, column in enumerate(rows.columns) if column.type == "string")
        return cls(each, TRAINING if known and spreads is not None else OWN, text)

    def changes(self, Z0: Floats, Z: Floats) -> Floats:
        """How far each number was moved, in standard deviations, shape (n, columns), never negative."""
        moved = np.abs(np.nan_to_num(Z - Z0)) / self.each
        for place in self.text:
            moved[..., place] = moved[..., place] > 0
        return np.asarray(moved)

    def cost(self, Z0: Floats, Z: Floats, norm: Norm) -> Floats:
        """What the whole change comes to, shape (n,): the largest move, the root of the sum of squares, or the sum."""
        return norm_of(self.changes(Z0, Z), norm)


def norm_of(moved: Floats, norm: Norm) -> Floats:
    """The norm along the last axis.

    >>> [float(norm_of(np.array([3.0, 4.0]), norm)) for norm in NORMS]
    [4.0, 5.0, 7.0]
    """
    if norm == "linf":
        return np.asarray(moved.max(axis=-1))
    return np.asarray(moved.sum(axis=-1) if norm == "l1" else np.sqrt(np.square(moved).sum(axis=-1)))
