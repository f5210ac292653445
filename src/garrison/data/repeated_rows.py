"""Which rows repeat an earlier one exactly, in rows that come in order of time."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from garrison.data.row_codes import row_codes, value_codes


class RepeatedRows:
    """Finds exact repeats as the rows go by; equal rows have equal times, so only rows of one moment are compared.

    Memory is bounded by a batch and the different rows of the latest moment.

    >>> repeated = RepeatedRows("at")
    >>> repeated.among(pa.table({"at": [1, 1, 2], "port": [80, 80, 80]})).tolist()
    [False, True, False]
    >>> repeated.among(pa.table({"at": [2, 2], "port": [80, 22]})).tolist()
    [True, False]
    """

    def __init__(self, time: str) -> None:
        self.time = time
        self._held: pa.Table | None = None

    def among(self, rows: pa.Table) -> NDArray[np.bool_]:
        """Which of ``rows`` repeat one above them, or one of an earlier call; shape (n,) bool."""
        if not rows.num_rows:
            return np.zeros(0, dtype=bool)
        before = self._held.num_rows if self._held is not None else 0
        seen = pa.concat_tables([self._held, rows]) if self._held is not None else rows
        moments = value_codes(seen.column(self.time))
        crowded = np.flatnonzero(np.bincount(moments)[moments] > 1)
        repeats = np.zeros(seen.num_rows, dtype=bool)
        if len(crowded):
            codes = row_codes(seen.take(pa.array(crowded)), tuple(seen.column_names))
            _, first = np.unique(codes, return_index=True)
            repeats[crowded] = True
            repeats[crowded[first]] = False
        latest = (moments == moments[-1]) & ~repeats
        self._held = seen.filter(pa.array(latest)).combine_chunks()
        return repeats[before:]
