"""What turns a validated table into numbers, and how it is kept: as JSON, never as code."""

from collections.abc import Callable
from typing import Any, ClassVar, Protocol, Self, TypeVar, runtime_checkable

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from garrison.data.schema import Schema
from garrison.errors import ModelError
from garrison.features.live_memory import LiveMemory

Fitted = TypeVar("Fitted")


@runtime_checkable
class Processor(Protocol):
    """Events to numbers.

    ``fit`` learns from training rows only and returns a new processor; ``transform`` gives (n, d) float64,
    every number finite; ``names`` are the d column names. ``to_dict`` gives JSON values, and ``from_dict``
    a processor that transforms alike to the last bit.
    """

    kind: ClassVar[str]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns ``transform`` gives; empty before ``fit``."""

    def fit(self, table: pa.Table, schema: Schema) -> Self:
        """A processor fitted to ``table``, which ``schema`` has validated; this one stays as it is."""

    def transform(self, table: pa.Table) -> NDArray[np.float64]:
        """The rows of ``table`` as numbers, shape (n, d)."""

    def to_dict(self) -> dict[str, Any]:
        """The fitted processor as JSON values."""


class Live(Protocol):
    """What transforms a stream of events, batch by batch; ``late`` counts those that came after a later one."""

    @property
    def late(self) -> int:
        """How many events came after a later one of an earlier batch."""

    def transform(self, batch: pa.Table, /) -> NDArray[np.float64]:
        """The next events as numbers, shape (n, d)."""

    def arrived(self, batch: pa.Table, /) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """The next events as numbers, as if they came one by one, and which are later than ``spare_s``, (n,) bool."""

    def memory(self) -> LiveMemory | None:
        """All that is remembered, as values that can be kept."""

    def remember(self, memory: LiveMemory, /) -> None:
        """Go on from ``memory``; ``DataError`` when it is that of another processor's windows."""


@runtime_checkable
class Remembering(Protocol):
    """A processor whose numbers depend on what came before, and that can remember it from batch to batch."""

    def live(self, *, spare_s: int = 0) -> Live:
        """What transforms a stream of events in the order of time, and remembers; ``spare_s`` seconds longer."""


def _events(facts: dict[str, Any]) -> Processor:
    from garrison.features.events import EventProcessor

    return EventProcessor.from_dict(facts)


def _tabular(facts: dict[str, Any]) -> Processor:
    from garrison.features.tabular import TabularProcessor

    return TabularProcessor.from_dict(facts)


def _url(facts: dict[str, Any]) -> Processor:
    from garrison.features.url import UrlProcessor

    return UrlProcessor.from_dict(facts)


PROCESSORS: dict[str, Callable[[dict[str, Any]], Processor]] = {
    "events": _events,
    "tabular": _tabular,
    "url": _url,
}
"""What makes a processor of its saved form, by kind."""
"""How each kind of processor is read back."""


def fitted_or_error(fitted: Fitted | None, *, remedy: str = "call fit, and use what it returns") -> Fitted:
    """What ``fit`` learnt; ``ModelError`` where there is nothing yet."""
    if fitted is None:
        raise ModelError("the processor is not fitted", remedy=remedy)
    return fitted


def load_processor(facts: dict[str, Any]) -> Processor:
    """The processor that ``to_dict`` described; ``ModelError`` when the facts are not those of a known
    kind."""
    kind = facts.get("kind") if isinstance(facts, dict) else None
    if not isinstance(kind, str) or kind not in PROCESSORS:
        raise ModelError(f"unknown kind of processor: {kind!r}", expected="one of " + ", ".join(PROCESSORS))
    try:
        return PROCESSORS[kind](facts)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise ModelError(
            f"the description of the {kind} processor is broken",
            where=f"{type(error).__name__}: {error}",
            remedy="take the processor from its saved detector again",
        ) from error
