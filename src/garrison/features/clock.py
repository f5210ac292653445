"""When an event happened, as numbers: the time of day and the day of the week, which come round again."""

from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Floats = NDArray[np.float64]

CLOCK_NAMES = ("hour_sin", "hour_cos", "weekday_sin", "weekday_cos", "weekend")

_MINUTE = 60_000_000
_DAY_MINUTES = 24 * 60
_WEEKDAY_OF_1970 = 3


def clock_columns(moments: pa.ChunkedArray | pa.Array) -> list[Floats]:
    """Five columns for timestamps in microseconds, UTC, each of shape (n,), in the order of ``CLOCK_NAMES``.

    The time of day, to the minute, and the day of the week, from Monday, are sine and cosine, so that 23:59
    is beside 00:00; ``weekend`` is 1 on Saturday and Sunday. A missing time is 0 in every column.

    >>> noon_on_a_sunday = pa.array([1_735_473_600_000_000], pa.timestamp("us", tz="UTC"))
    >>> [round(float(column[0]), 3) for column in clock_columns(noon_on_a_sunday)]
    [0.0, -1.0, -0.782, 0.623, 1.0]
    """
    minutes = pc.fill_null(moments.cast(pa.int64()), 0).to_numpy() // _MINUTE
    of_day = minutes % _DAY_MINUTES
    weekday = (minutes // _DAY_MINUTES + _WEEKDAY_OF_1970) % 7
    # Looked up, not computed: a sine from a table is the same bits for one event and for ten million.
    columns = [wave[of_day] for wave in _waves(_DAY_MINUTES)] + [wave[weekday] for wave in _waves(7)]
    columns.append((weekday >= 5).astype(np.float64))
    if moments.null_count:
        missing = moments.is_null().to_numpy(zero_copy_only=False).astype(bool)
        for column in columns:
            column[missing] = 0.0
    return columns


def clock_of_one(moment: int | None) -> tuple[float, ...]:
    """As ``clock_columns``, for one moment in microseconds.

    >>> [round(value, 3) for value in clock_of_one(1_735_473_600_000_000)]
    [0.0, -1.0, -0.782, 0.623, 1.0]
    """
    if moment is None:
        return (0.0,) * len(CLOCK_NAMES)
    minutes = moment // _MINUTE
    weekday = (minutes // _DAY_MINUTES + _WEEKDAY_OF_1970) % 7
    return (*_of_day()[minutes % _DAY_MINUTES], *_of_week()[weekday], float(weekday >= 5))


@cache
def _of_day() -> list[tuple[float, ...]]:
    return [tuple(pair) for pair in np.column_stack(_waves(_DAY_MINUTES)).tolist()]


@cache
def _of_week() -> list[tuple[float, ...]]:
    return [tuple(pair) for pair in np.column_stack(_waves(7)).tolist()]


@cache
def _waves(steps: int) -> tuple[Floats, Floats]:
    angle = 2 * np.pi * np.arange(steps) / steps
    return np.sin(angle), np.cos(angle)
