"""The last events that a model scored: what explanations compare with where no file was given."""

from collections import deque
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from garrison.data.schema import Schema
from garrison.serving.http.checking import check

MOST = 64


class Recent:
    """Holds the last events in memory, and nowhere else."""

    def __init__(self) -> None:
        self._events: deque[Mapping[str, Any] | pa.Table] = deque(maxlen=MOST)

    def add(self, event: Mapping[str, Any] | pa.Table) -> None:
        """Hold one event as it came, or a table of one that was checked."""
        self._events.append(event)

    def add_last_of(self, table: pa.Table) -> None:
        """Hold the last events of a batch that was checked; the batch itself is let go."""
        self._events.extend(table.slice(max(0, table.num_rows - MOST)).to_pylist())

    def table(self, schema: Schema) -> pa.Table | None:
        """The events that are what ``schema`` says, validated; None where there is none."""
        held = [
            event.to_pylist()[0] if isinstance(event, pa.Table) else event for event in tuple(self._events)
        ]
        found = check(schema, held).table if held else None
        return found if found is not None and found.num_rows else None
