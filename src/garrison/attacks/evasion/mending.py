"""Proposals made into events that can be: bounds, whole numbers and allowed values, what follows, and inequalities."""

from typing import TYPE_CHECKING

import numpy as np

from garrison.attacks.evasion.judged_relations import Bools
from garrison.attacks.evasion.rows import Floats
from garrison.data.schema import Column

if TYPE_CHECKING:
    from garrison.attacks.evasion.constraints import Constraints

_PASSES = 3
"""How often inequalities are mended: mending one may break another."""


def repaired(
    constraints: "Constraints",
    Z0: Floats,
    Z: Floats,
    *,
    box: tuple[Floats, Floats] | None = None,
    limits: tuple[Floats, Floats] | None = None,
) -> tuple[Floats, Bools]:
    """Events that can be, near to the proposals ``Z``, shape (n, columns), and whether each is one, shape (n,).

    Chosen columns are brought within bounds (and within ``box``), to whole numbers and allowed values; columns that
    follow are computed; inequalities are mended by the column that stands alone in them, where it is chosen.
    ``limits`` are the ``bounds`` of ``Z0``, for whoever has them already.
    """
    low, high = limits or constraints.bounds(Z0)
    mended = Z0.copy()
    for place in np.flatnonzero(constraints.chosen):
        own, least, most = Z0[:, place], low[:, place], high[:, place]
        if box is not None:
            least, most = np.maximum(least, box[0][:, place]), np.minimum(most, box[1][:, place])
        asked = np.where(np.isfinite(Z[:, place]), Z[:, place], own)
        found = _whole(
            np.minimum(np.maximum(asked, least), most), own, least, most, constraints.columns[place]
        )
        mended[:, place] = np.where(np.isnan(own), own, found)
    if not constraints.lifted:
        for _ in range(_PASSES):
            _give(constraints, Z0, mended)
            if not _mend(constraints, mended, low, high):
                break
        else:
            _give(constraints, Z0, mended)
    fine = constraints.bounded(Z0, mended, low, high)
    return mended, fine & ~constraints.broken(mended, constraints.moving).any(axis=1)


def _whole(values: Floats, own: Floats, low: Floats, high: Floats, column: Column) -> Floats:
    """Whole numbers and allowed values only; the nearest within bounds, or the event's own."""
    if column.type != "number":
        near = np.rint(values)
        near = np.where(near > high, np.floor(high), np.where(near < low, np.ceil(low), near))
        values = np.where((near < low) | (near > high), own, near)
    if column.allowed is not None and column.type != "string":
        known = np.array(sorted(float(value) for value in column.allowed if not isinstance(value, str)))
        fits = (known >= low[:, None]) & (known <= high[:, None])
        far = np.where(fits, np.abs(known - values[:, None]), np.inf)
        values = np.where(fits.any(axis=1), known[far.argmin(axis=1)], own)
    return values


def _give(constraints: "Constraints", Z0: Floats, Z: Floats) -> None:
    """Compute what follows from others, in place, where those changed; a rounded value stays where they did not."""
    values, before = constraints.named(Z), constraints.named(Z0)
    giving = [one for one in constraints.given if one in constraints.moving]
    followed = {one.gives: np.zeros(len(Z), dtype=np.bool_) for one in giving}
    for one in giving:
        place = constraints.names.index(one.gives)
        names = [*one.comparison.right.names, *one.asked]
        changed = np.any([values[name] != before[name] for name in names], axis=0) if names else False
        wrong = ~one.comparison.holds(values, within=one.within, relative=one.relative)
        found = np.broadcast_to(one.comparison.right.values(values), len(Z))
        if constraints.columns[place].type != "number":
            found = np.floor(found + 0.5)
        follows = constraints.applies(one, values) & ~np.isnan(found) & ~np.isnan(Z[:, place])
        followed[one.gives] |= follows
        Z[:, place] = np.where(follows & (changed | wrong), found, Z[:, place])
        if not constraints.chosen[place]:
            Z[:, place] = np.where(followed[one.gives], Z[:, place], Z0[:, place])
        values[one.gives] = Z[:, place]


def _mend(constraints: "Constraints", Z: Floats, low: Floats, high: Floats) -> bool:
    """Mend inequalities in place by the chosen column that stands alone on a side; whether any was."""
    mended = False
    for one in constraints.moving:
        comparison = one.comparison
        if comparison.sign == "=":
            continue
        for side, other, sign in (
            (comparison.left, comparison.right, comparison.sign),
            (comparison.right, comparison.left, "<=" if comparison.sign == ">=" else ">="),
        ):
            if side.way != "name" or side.name in other.names:
                continue
            place = constraints.names.index(side.name)
            if not constraints.chosen[place]:
                continue
            values = constraints.named(Z)
            broken = constraints.applies(one, values)
            broken &= ~comparison.holds(values, within=one.within, relative=one.relative)
            if not broken.any():
                continue
            bound = np.broadcast_to(other.values(values), len(Z))
            if constraints.columns[place].type != "number":
                bound = np.floor(bound) if sign == "<=" else np.ceil(bound)
            bound = np.clip(bound, low[:, place], high[:, place])
            Z[:, place] = np.where(broken & np.isfinite(bound), bound, Z[:, place])
            mended = True
    return mended
