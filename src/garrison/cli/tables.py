"""Plain tables on standard output."""

from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Console
from rich.table import Table

NOBODY_WATCHES = 200
"""Characters a line may have where output goes to a file or another program."""


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, title: str = "") -> None:
    """Print a table; columns after the first are set flush right when they hold numbers."""
    kept = [list(row) for row in rows]
    table = Table(title=title or None, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for index, name in enumerate(columns):
        numbers = bool(kept) and all(_is_number(row[index]) for row in kept)
        table.add_column(name, justify="right" if numbers else "left", overflow="fold")
    for row in kept:
        table.add_row(*row)
    console = Console(highlight=False, markup=False)
    if not console.is_terminal:
        console.width = NOBODY_WATCHES
    console.print(table)


def _is_number(text: str) -> bool:
    return bool(text) and (text[0].isdigit() or text[0] in "+-–") and any(mark.isdigit() for mark in text)
