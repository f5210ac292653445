"""How a column lies on both sides, as a picture needs it: the share of rows in a few parts of its range."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from garrison.monitoring.bins import part_edges
from garrison.monitoring.categories import Categories
from garrison.monitoring.cells import Numbers

MOST_NAMED = 12
"""Categories that a picture shows by name."""
LONGEST_NAME = 40


@dataclass(frozen=True)
class Shape:
    """Names of parts, and the share of the rows with a value in each, of the reference and now; each adds up to 1."""

    parts: tuple[str, ...]
    reference: tuple[float, ...]
    current: tuple[float, ...]

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {"parts": list(self.parts), "reference": list(self.reference), "current": list(self.current)}


def shape_of(old: Numbers | Categories, new: Numbers | Categories) -> Shape:
    """Both sides of a column in parts: tenths of the reference, or the commonest categories and the rest."""
    if not old.rows or not new.rows:
        return Shape((), (), ())
    if isinstance(old, Numbers) and isinstance(new, Numbers):
        sides = [np.add.reduceat(side.cells(), old.tenths) / side.rows for side in (old, new)]
        return Shape(_ranges(old), *(tuple(side.tolist()) for side in sides))
    if not (isinstance(old, Categories) and isinstance(new, Categories)):
        raise TypeError("both sides of a column are of one kind")
    commonest = sorted(
        old.counts, key=lambda name: -(old.counts[name] / old.rows + new.counts.get(name, 0) / new.rows)
    )[:MOST_NAMED]
    parts = [*(name[:LONGEST_NAME] for name in commonest), "others"]
    shares = []
    for side in (old, new):
        named = [side.counts.get(name, 0) / side.rows for name in commonest]
        shares.append((*named, max(1 - sum(named), 0.0)))
    return Shape(tuple(parts), *shares)


def _ranges(reference: Numbers) -> tuple[str, ...]:
    """Each part by its least and greatest value."""
    edges = part_edges(reference.cuts, reference.tenths)
    return tuple(f"{low:.4g}" if low == high else f"{low:.4g} to {high:.4g}" for low, high in edges)
