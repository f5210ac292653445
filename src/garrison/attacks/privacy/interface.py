"""What a model must offer to have its privacy attacked: three small things, whatever the model is made with."""

from collections.abc import Sequence
from typing import Any, Protocol, TypeAlias, TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Records: TypeAlias = NDArray[Any] | pa.Table
"""What models learn from, one record a row: an array of any shape ``(n, …)``, or an Arrow table of events."""


class Answers(Protocol):
    """A trained model, as somebody sees it who may only ask."""

    def probabilities(self, records: Records, /) -> Floats:
        """The probability of each class, shape ``(n, classes)``; every row sums to 1."""


A_co = TypeVar("A_co", bound=Answers, covariant=True)


class Recipe(Protocol[A_co]):
    """How a model is trained: everything that was chosen before it saw a record."""

    def learn(self, records: Records, y: Ints, /, *, seed: int) -> A_co:
        """A model of these records and their classes ``y``, int64 ``(n,)`` from 0; equal seeds give equal models."""


def records_at(records: Records, rows: Sequence[int] | Ints) -> Records:
    """The records at those places, in that order.

    >>> records_at(np.array([[1.0], [2.0], [3.0]]), [2, 0]).tolist()
    [[3.0], [1.0]]
    """
    places = np.asarray(rows, dtype=np.int64)
    return records[places] if isinstance(records, np.ndarray) else records.take(pa.array(places))
