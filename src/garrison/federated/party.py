"""One who trains together with others, and what it alone has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from garrison.errors import DataError

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Party:
    """A name and records of its own: ``x`` float32 ``(n, …)``, ``y`` int64 ``(n,)`` from 0.

    The records never leave the party: only what it learnt from them is sent.
    """

    name: str
    x: Floats
    y: Ints

    def __post_init__(self) -> None:
        if len(self.x) != len(self.y):
            raise DataError(
                f"{len(self.x):,} records and {len(self.y):,} classes",
                where=f"party {self.name!r}",
                expected="one class a record",
            )
        if not len(self.y):
            raise DataError("the party has no records", where=f"party {self.name!r}", expected="one at least")


def parties_of(
    x: Floats, y: Ints, rows: Sequence[NDArray[np.int64]] | Mapping[str, NDArray[np.int64]]
) -> tuple[Party, ...]:
    """Parties that hold those rows each; without names they are called ``party-000``, ``party-001``, …

    >>> x, y = np.zeros((4, 2), np.float32), np.arange(4)
    >>> [(party.name, party.y.tolist()) for party in parties_of(x, y, [np.array([2, 0]), np.array([3])])]
    [('party-000', [2, 0]), ('party-001', [3])]
    """
    named = (
        rows if isinstance(rows, Mapping) else {f"party-{place:03}": each for place, each in enumerate(rows)}
    )
    return tuple(Party(name, x[each], y[each]) for name, each in named.items())
