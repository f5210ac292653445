"""Numbers that several commands ask for, checked before anything is read."""

import math

from garrison.errors import UsageError

MOST_SEED = 2**32


def check_numbers(*, rows: int | None = None, seed: int | None = None, seconds: float | None = None) -> None:
    """``UsageError`` for rows below 1, a seed that is none, or seconds that are no budget; None is not asked."""
    if rows is not None and rows < 1:
        raise UsageError(f"{rows} rows are to be attacked", where="--rows", expected="1 or more")
    if seed is not None and not 0 <= seed < MOST_SEED:
        raise UsageError(f"the seed is {seed}", where="--seed", expected=f"0 or more, below {MOST_SEED:,}")
    if seconds is not None and not 0 < seconds < math.inf:
        raise UsageError(f"{seconds:g} seconds are no budget", where="--seconds", expected="a number above 0")
