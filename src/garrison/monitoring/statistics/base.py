"""What a statistic of drift is: a number that says how far a column has moved, and from where on that matters."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from garrison.monitoring.categories import Categories
from garrison.monitoring.cells import Numbers

S = TypeVar("S", Numbers, Categories)


@dataclass(frozen=True)
class Found:
    """What a statistic found: how large the change is, and, where it is a test, its p-value."""

    value: float
    p: float | None = None


@dataclass(frozen=True)
class Statistic(Generic[S]):
    """``measure`` takes the reference and the current summary of a column and says how far they are apart.

    ``of`` is the kind of column it is for; ``least`` the value from which on a change matters, unless the settings say
    otherwise. The larger the value, the larger the change; 0 is none. Both sides have rows with a value.
    """

    name: str
    title: str
    of: Literal["numeric", "category"]
    least: float
    measure: Callable[[S, S], Found]
