"""Numbers beyond the limits that the parameters were chosen for: found before anything is encrypted."""

from collections.abc import Sequence

import numpy as np

from garrison.detection.circuit import Floats
from garrison.errors import DataError


def check_limits(rows: Floats, limits: Floats, *, names: Sequence[str] = ()) -> None:
    """Raise ``DataError`` that names the first row (from 1) and input beyond its limit, or no number.

    >>> check_limits(np.array([[0.5, 9.0]]), np.array([1.0, 4.0]), names=("length", "dots"))
    Traceback (most recent call last):
    garrison.errors.DataError: 1 number is beyond what the model was prepared for
      where: row 1, input 2 (dots): 9
      expected: numbers from -4 to 4
      to do: leave the row out, or prepare a model that was trained on such rows
    """
    beyond = np.argwhere(~(np.abs(rows) <= limits))
    if not len(beyond):
        return
    row, place = (int(each) for each in beyond[0])
    name = f" ({names[place]})" if names else ""
    raise DataError(
        f"{len(beyond):,} number{' is' if len(beyond) == 1 else 's are'} beyond what the model was prepared for",
        where=f"row {row + 1}, input {place + 1}{name}: {rows[row, place]:g}",
        expected=f"numbers from {-limits[place]:g} to {limits[place]:g}",
        remedy="leave the row out, or prepare a model that was trained on such rows",
    )
