"""Progress bars on standard error, which keep quiet where nobody watches."""

import contextlib
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

Advance = Callable[[int], None]


def say(line: str) -> None:
    """Tell the person who waits, on standard error, also where that is a file."""
    Console(stderr=True, highlight=False, markup=False, soft_wrap=True).print(line)


@contextlib.contextmanager
def progress(title: str, *, total: int | None = None) -> Iterator[Advance]:
    """Show a bar while work is done; yields a function that moves it on by ``n`` steps.

    Nothing is drawn unless standard error is a terminal.

    >>> with progress("counting", total=2) as advance:
    ...     advance(1)
    ...     advance(1)
    """
    console = Console(stderr=True)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        task = bars.add_task(title, total=total)
        yield lambda n: bars.advance(task, n)
