"""What each source did before, for a service that gets its events one by one.

A detector with windows was trained on events that knew their past. An event that brings those columns is scored as it
is; for any other they are counted from the events that were scored before it, as in training.
"""

import threading
from collections.abc import Sequence

import pyarrow as pa

from garrison.data.windows_spec import Windows
from garrison.features import LiveWindows

_ROWS_AT_ONCE = 512


class Past:
    """Remembers the events of the longest window, in one place, for every thread.

    A new version of a model goes on with what the old one remembered where their windows are the same.
    """

    def __init__(self, windows: Windows, *, time: str) -> None:
        self.windows = windows
        self.time = time
        self._live = LiveWindows(windows, time=time)
        self._turn = threading.Lock()

    def beside(self, table: pa.Table, *, remember: bool = True) -> pa.Table:
        """The events of ``table``, validated, with the columns of their past; remembered unless they are only asked of.

        Events that bring their past are neither counted nor remembered.
        """
        if {*self.windows.names}.issubset(table.column_names):
            return table
        parts = [
            self._counted(table.slice(start, _ROWS_AT_ONCE), remember)
            for start in range(0, max(table.num_rows, 1), _ROWS_AT_ONCE)
        ]
        return parts[0] if len(parts) == 1 else pa.concat_tables(parts)

    @property
    def late(self) -> int:
        """How many events came after a later one, so that less than their whole past was known."""
        return self._live.late

    def _counted(self, table: pa.Table, remember: bool) -> pa.Table:
        with self._turn:
            counted = self._live.columns(table, remember=remember)
        names: Sequence[str] = [*table.column_names, *counted.column_names]
        return pa.table([*table.columns, *counted.columns], names=names)


def past_of(windows: Windows | None, time: str | None, *, before: Past | None) -> Past | None:
    """The memory for a model: that of the version before where it fits, else a new one; None without windows."""
    if windows is None or time is None:
        return None
    if before is not None and (before.windows, before.time) == (windows, time):
        return before
    return Past(windows, time=time)
