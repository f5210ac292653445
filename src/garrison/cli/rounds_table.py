"""The rounds of a federation as they end: a table that grows on a terminal, a line a round elsewhere."""

from types import TracebackType
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.live import Live
from rich.table import Table

if TYPE_CHECKING:
    from garrison.federated.rounds import Round

COLUMNS = (
    "round",
    "loss",
    "accuracy",
    "parties",
    "sent",
    "received",
    "seconds",
    "epsilon",
    "lost or refused",
)


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
        cells = round_cells(one, of=self._of)
        if self._live is not None:
            self._table.add_row(*cells)
            self._live.refresh()
            return
        told = [f"{name} {cell}" for name, cell in zip(COLUMNS, cells, strict=True) if cell]
        self._console.print("; ".join(told))

    def __enter__(self) -> "RoundsTable":
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()


def round_cells(one: "Round", *, of: int) -> list[str]:
    """A round as text, cell by cell as in ``COLUMNS``; empty where there is nothing to tell."""
    return [
        f"{one.number}/{of}",
        f"{one.loss:.4f}" if one.loss is not None else "",
        f"{one.accuracy:.4f}" if one.accuracy is not None else "",
        f"{one.answered} of {one.asked}",
        _bytes(one.bytes_sent),
        _bytes(one.bytes_received),
        f"{one.seconds:.1f}",
        f"{one.epsilon:.2f}" if one.epsilon is not None else "",
        "; ".join(f"{each.party}: {each.reason}" for each in one.refused),
    ]


def _bytes(count: int) -> str:
    """A number of bytes for people.

    >>> _bytes(512), _bytes(6_653_480)
    ('512 B', '6.7 MB')
    """
    size = float(count)
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"
