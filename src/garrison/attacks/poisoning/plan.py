"""What an attack has decided before it touches anything, and what a training set looks like afterwards."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from garrison.attacks.poisoning.trigger import Trigger

Bools = NDArray[np.bool_]
Ints = NDArray[np.intp]


@dataclass(frozen=True)
class Triggered:
    """Malicious test events, at ``places`` of the test rows, and each with the trigger on (``table``), row by row."""

    places: Ints
    table: pa.Table
    left_out: int


@dataclass(frozen=True)
class Plan:
    """The training rows in the order in which they are poisoned; ``left_out`` could not be.

    With a ``trigger`` also what the test events look like once it is on.
    """

    order: Ints
    left_out: int = 0
    trigger: Trigger | None = None
    triggered: Triggered | None = None


@dataclass(frozen=True)
class Poisoned:
    """A training set after an attack: its table without the truth, its labels (n,), and which ``rows`` were touched."""

    table: pa.Table
    y: Bools
    rows: Ints
