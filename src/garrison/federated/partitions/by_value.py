"""Every party is an organisation of its own kind: rows go by the value of a column, such as the service of a flow."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from garrison.errors import DataError


def by_value(
    values: Sequence[str | None], *, least: int = 1, rest: str = "other"
) -> dict[str, NDArray[np.int64]]:
    """The rows of each value, by its name, in the order of the names.

    Values with fewer than ``least`` rows, and rows without a value, share the party called ``rest``, which is there
    only if it has ``least`` rows itself; its rows are left out otherwise. ``DataError`` when fewer than two parties
    come of it.

    >>> rows = by_value(["http", "dns", "http", "ftp", None], least=1)
    >>> {name: each.tolist() for name, each in rows.items()}
    {'dns': [1], 'ftp': [3], 'http': [0, 2], 'other': [4]}
    """
    column = np.array([rest if value is None else str(value) for value in values] + [rest])[:-1]
    found, counts = np.unique(column, return_counts=True)
    large = {str(name) for name, count in zip(found, counts, strict=True) if count >= least} - {rest}
    column[~np.isin(column, sorted(large))] = rest
    parties = {
        str(name): rows for name in np.unique(column) if len(rows := np.flatnonzero(column == name)) >= least
    }
    if len(parties) < 2:
        raise DataError(
            f"{len(parties)} of {len(found)} values have {least:,} rows or more",
            expected="two parties at least",
            remedy="choose another column, or a smaller least number of rows",
        )
    return parties
