"""What DuckDB says when something fails, as errors of ours."""

import contextlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from garrison.errors import GarrisonError, OutputError

_CANNOT_WRITE = re.compile(r"No space left|Permission denied|Read-only file system|read-only mode")


@contextlib.contextmanager
def duckdb_errors(path: Path, *, cannot: str, failed: Callable[[str], GarrisonError]) -> Iterator[None]:
    """DuckDB's errors become ours, by the first line of what it says.

    An interruption stays one. Where ``path`` cannot be written it is an ``OutputError`` that begins with ``cannot``;
    anything else is what ``failed`` makes of the text. DuckDB's own error is the cause of either.
    """
    import duckdb

    try:
        yield
    except duckdb.InterruptException as error:
        raise KeyboardInterrupt from error
    except duckdb.Error as error:
        text = str(error).splitlines()[0]
        if _CANNOT_WRITE.search(text):
            raise OutputError(
                f"{cannot}: {text}",
                where=str(path),
                remedy="free some space, or choose a folder that can be written",
            ) from error
        raise failed(text) from error
