"""Proposals: what an event may be changed into next, many for each event at once."""

from collections.abc import Sequence

import numpy as np

from garrison.attacks.evasion.constraints import Bools
from garrison.attacks.evasion.rows import Floats, Ints
from garrison.attacks.evasion.task import Task
from garrison.attacks.evasion.tree_inputs import just_above

STEPS = np.array([0.001, 0.01, 0.1, 0.4, 1.0])
"""Shares of the room there is, on either side, that are tried where no threshold says better."""


def one_column(
    task: Task,
    Z: Floats,
    at: Ints,
    place: int,
    *,
    epsilon: float,
    places: Floats | None = None,
    most: int = 24,
) -> Floats:
    """Values for the column ``place`` of each event ``Z``, shape (n, candidates), within bounds and ``epsilon``.

    Up to ``most`` of the thresholds ``places`` between the bounds, evenly among them, each as the nearest value that
    lies beyond; ``STEPS`` to both bounds; and the value the event began with.
    """
    now, own = Z[:, place], task.Z0[at, place]
    reach = epsilon * task.units.each[place] if place not in task.units.text or epsilon < 1 else np.inf
    low = np.maximum(task.limits[0][at, place], own - reach)
    high = np.minimum(task.limits[1][at, place], own + reach)
    column = task.constraints.columns[place]
    if column.type == "string":
        codes = np.arange(len(task.constraints.texts[column.name]), dtype=np.float64)
        return np.clip(np.broadcast_to(codes, (len(Z), len(codes))), low[:, None], high[:, None])
    room = np.where(np.isfinite(high), high, now + task.units.each[place])[:, None] - now[:, None]
    down = now[:, None] - np.where(np.isfinite(low), low, now - task.units.each[place])[:, None]
    found = [now[:, None] + room * STEPS, now[:, None] - down * STEPS, own[:, None]]
    if column.allowed is not None:
        values = np.array([float(value) for value in column.allowed if not isinstance(value, str)])
        found.append(np.broadcast_to(values, (len(Z), len(values))))
    if places is not None and len(places):
        first, last = np.searchsorted(places, low, "left"), np.searchsorted(places, high, "right")
        share = np.linspace(0.0, 1.0, most)
        chosen = first[:, None] + np.floor(share * np.maximum(last - first - 1, 0)[:, None]).astype(np.intp)
        values = places[np.clip(chosen, 0, len(places) - 1)]
        found.append(np.where(values >= now[:, None], just_above(values), values))
    return np.asarray(np.clip(np.concatenate(found, axis=1), low[:, None], high[:, None]))


def some_columns(
    task: Task,
    Z: Floats,
    at: Ints,
    chosen: Bools,
    *,
    epsilon: float,
    places: Sequence[Floats] | None = None,
    most: int = 24,
) -> tuple[Floats, Ints, Ints]:
    """Events in which one column is another, where ``chosen``, shape (n, columns), says so.

    Gives them, shape (m, columns), which of ``Z`` each is made of, shape (m,), and which column was changed, shape
    (m,).
    """
    made, origin, column = [Z[:0]], [np.zeros(0, dtype=np.intp)], [np.zeros(0, dtype=np.intp)]
    for place in map(int, np.flatnonzero(chosen.any(axis=0))):
        some = np.flatnonzero(chosen[:, place])
        values = one_column(
            task,
            Z[some],
            at[some],
            int(place),
            epsilon=epsilon,
            places=None if places is None else places[place],
            most=most,
        )
        values = np.sort(values, axis=1)
        fresh = (values != Z[some][:, [place]]) & ~np.isnan(values)
        fresh[:, 1:] &= values[:, 1:] != values[:, :-1]
        row, which = np.nonzero(fresh)
        moved = Z[some[row]]
        moved[:, place] = values[row, which]
        made.append(moved)
        origin.append(some[row])
        column.append(np.full(len(row), place))
    return np.concatenate(made), np.concatenate(origin), np.concatenate(column)


def from_benign(task: Task, at: Ints, count: int) -> tuple[Floats, Ints]:
    """Events that take some or all chosen columns from benign ones, ``count`` for each of ``at``."""
    origin = np.repeat(np.arange(len(at)), count)
    if not len(task.benign) or not len(origin):
        return np.zeros((0, task.Z0.shape[1])), origin[:0]
    donors = task.benign[task.draw.integers(len(task.benign), size=len(origin))]
    share = np.where(np.arange(len(origin)) % 2, 1.0, task.draw.random(len(origin)))
    taken = task.draw.random(donors.shape) < share[:, None]
    taken &= task.constraints.chosen & ~np.isnan(donors)
    return np.where(taken, donors, task.Z0[at][origin]), origin


def shaken(task: Task, Z: Floats, origin: Ints) -> Floats:
    """Random changes of a random few of the chosen columns, small or large, and a random step back to the event."""
    draw, shape = task.draw, (len(origin), Z.shape[1])
    chosen = task.constraints.chosen
    few = draw.random(shape) < draw.uniform(1.0, 4.0, size=(len(origin), 1)) / max(int(chosen.sum()), 1)
    size = task.epsilon * 10.0 ** draw.uniform(-3.0, 0.3, size=(len(origin), 1))
    moved = Z[origin] + np.where(few & chosen, draw.standard_normal(shape) * size * task.units.each, 0.0)
    for place in np.flatnonzero(chosen & np.isin(np.arange(shape[1]), task.units.text)):
        texts = len(task.constraints.texts[task.constraints.columns[place].name])
        moved[:, place] = np.where(few[:, place], draw.integers(texts, size=len(origin)), Z[origin, place])
    back = np.where(draw.random((len(origin), 1)) < 0.5, draw.random((len(origin), 1)), 0.0)
    restored = draw.random(shape) < 0.2
    own = task.Z0[origin]
    moved = np.where(restored & (back > 0), own, moved)
    return np.asarray(moved + (own - moved) * back * 0.3)


def best_of(worth: Floats, origin: Ints, count: int) -> Ints:
    """For each of ``count`` events, which proposal has the least ``worth``; -1 where none is finite.

    >>> best_of(np.array([3.0, 1.0, np.inf]), np.array([0, 0, 1]), 3)
    array([ 1, -1, -1])
    """
    found = np.full(count, -1, dtype=np.intp)
    order = np.lexsort((worth, origin))
    order = order[np.isfinite(worth[order])]
    first = np.ones(len(order), dtype=np.bool_)
    first[1:] = origin[order][1:] != origin[order][:-1]
    found[origin[order][first]] = order[first]
    return found
