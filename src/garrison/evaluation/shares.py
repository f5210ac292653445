"""How sure a share is: the Wilson interval, and the bootstrap where rows come in groups."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from garrison.errors import DataError
from garrison.evaluation.intervals import Interval, check_level, members_of

Floats = NDArray[np.float64]

CELLS_AT_ONCE = 4_000_000


def wilson(share: ArrayLike, rows: ArrayLike, *, level: float = 0.95) -> tuple[Floats, Floats]:
    """Both ends of the score interval of a share in [0, 1] of so many independent ``rows`` (Wilson 1927).

    Unlike the bootstrap it says how little a share of 0 or 1 means on few rows.

    >>> low, high = wilson(1.0, 10)
    >>> round(float(low), 3), float(high)
    (0.722, 1.0)
    """
    from scipy.special import ndtri

    check_level(level)
    z = float(ndtri((1 + level) / 2))
    found, count = np.asarray(share, dtype=np.float64), np.asarray(rows, dtype=np.float64)
    centre = (found + z * z / (2 * count)) / (1 + z * z / count)
    spread = z * np.sqrt(found * (1 - found) / count + z * z / (4 * count**2)) / (1 + z * z / count)
    return np.clip(centre - spread, 0.0, found), np.clip(centre + spread, found, 1.0)


def share_interval(
    hits: ArrayLike,
    *,
    groups: ArrayLike | None = None,
    repeats: int = 1000,
    seed: int = 0,
    level: float = 0.95,
) -> Interval:
    """The share of ``hits``, bool ``(n,)``, that are true, and the range it may lie in.

    With ``groups``, any values ``(n,)``, it is the cluster bootstrap over them: rows of one group are drawn together.
    Where every row stands alone, or all rows say the same so that a bootstrap has nothing to vary, it is Wilson's
    interval, over as many rows as there are groups. Equal seeds give equal intervals; ``DataError`` for no rows.

    >>> print(share_interval([True] * 9 + [False]))
    0.900 [0.596, 0.982]
    """
    found = np.asarray(hits, dtype=np.bool_)
    if found.ndim != 1 or found.size == 0:
        raise DataError(f"a share of rows of shape {found.shape}", expected="a list of at least one row")
    value = float(found.mean())
    members = members_of(groups, found.size)
    count = found.size if members is None else int(members.max()) + 1
    if members is None or count == found.size or value in (0.0, 1.0):
        low, high = wilson(value, count, level=level)
        kind = f"Wilson, {count} {'rows' if count == found.size else 'groups'}"
        return Interval(value, float(low), float(high), level, kind)
    check_level(level)
    if repeats < 2:
        raise DataError(f"{repeats} bootstrap samples", expected="at least two, better a thousand")
    sums = np.stack([np.bincount(members, weights=found), np.bincount(members)], axis=1).astype(np.float64)
    drawn = _drawn_shares(sums, repeats=repeats, generator=np.random.default_rng(seed))
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return Interval(value, float(low), float(high), level, f"bootstrap of {count} groups, {repeats} samples")


def share_gain(
    new: ArrayLike, old: ArrayLike, *, repeats: int = 1000, seed: int = 0, level: float = 0.95
) -> Interval:
    """How much larger the share of ``new`` hits is than that of ``old`` ones on the same rows, bool ``(n,)`` each.

    The paired bootstrap of rows (Efron 1979): a drawn sample has the rows that only one of the two hits as often as a
    multinomial draw says. Equal seeds give equal intervals; ``DataError`` for no rows, or rows of different numbers.

    >>> print(share_gain([True] * 9 + [False], [True] * 6 + [False] * 4, seed=1))
    0.300 [0.098, 0.600]
    """
    ahead, behind = np.asarray(new, dtype=np.bool_), np.asarray(old, dtype=np.bool_)
    if ahead.ndim != 1 or ahead.size == 0 or ahead.shape != behind.shape:
        raise DataError(
            f"a gain over rows of the shapes {ahead.shape} and {behind.shape}",
            expected="two lists of the same rows, at least one",
        )
    check_level(level)
    rows = ahead.size
    won, lost = int((ahead & ~behind).sum()), int((behind & ~ahead).sum())
    odds = [won / rows, lost / rows, (rows - won - lost) / rows]
    drawn = np.random.default_rng(seed).multinomial(rows, odds, size=repeats)
    low, high = np.quantile((drawn[:, 0] - drawn[:, 1]) / rows, [(1 - level) / 2, (1 + level) / 2])
    value = (won - lost) / rows
    return Interval(value, float(low), float(high), level, f"bootstrap of {rows} rows, {repeats} samples")


def _drawn_shares(sums: Floats, *, repeats: int, generator: np.random.Generator) -> Floats:
    """The share in each bootstrap sample of groups, of which ``sums`` (g, 2) holds the hits and the rows."""
    count = len(sums)
    drawn = np.empty(repeats)
    step = max(1, CELLS_AT_ONCE // count)
    for start in range(0, repeats, step):
        stop = min(start + step, repeats)
        picks = np.stack(
            [np.bincount(generator.integers(count, size=count), minlength=count) for _ in range(start, stop)]
        )
        hits, rows = (picks @ sums).T
        drawn[start:stop] = hits / rows
    return drawn
