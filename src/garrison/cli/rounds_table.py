"""The rounds of a federation as they end: a table that grows on a terminal, a line a round elsewhere."""

from types import TracebackType
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.live import Live
from rich.table import Table

from garrison.federated.told_rounds import COLUMNS, round_cells, round_line

if TYPE_CHECKING:
    from garrison.federated.rounds import Round


class RoundsTable:
    """Shows each round on standard error; a context manager."""

    def __init__(self, rounds: int) -> None:
        self._of = rounds
        self._console = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
        self._table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        for place, name in enumerate(COLUMNS):
            self._table.add_column(name, justify="left" if place == len(COLUMNS) - 1 else "right")
        self._live = Live(self._table, console=self._console) if self._console.is_terminal else None

    def add(self, one: "Round") -> None:
        """One round has ended."""
        if self._live is not None:
            self._table.add_row(*round_cells(one, of=self._of))
            self._live.refresh()
        else:
            self._console.print(round_line(one, of=self._of))

    def __enter__(self) -> "RoundsTable":
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()
