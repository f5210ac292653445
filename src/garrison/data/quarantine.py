"""Where refused rows are kept, with the reason: nothing is dropped in silence."""

import contextlib
import json
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import pyarrow as pa

from garrison.files import atomic_file, output_errors

LARGEST_CONTENT = 4096
"""Bytes of a refused row's content that are kept."""

MOST_REASONS = 500
OTHERS = "other reasons"
"""How many reasons are counted apart, and what those are counted as that come after: input may be full of new ones."""


class Quarantine:
    """Keeps refused rows as JSON lines: source, row, reason, content.

    The file is there only when a row was refused, and only once the quarantine is closed: whole, or not at
    all. Without a path the rows are only counted. Writing raises ``OutputError`` where the disk refuses.

    >>> with Quarantine(None) as quarantine:
    ...     quarantine.refuse("events.csv", 7, "port: not an integer", "x,y")
    >>> quarantine.count, dict(quarantine.reasons)
    (1, {'port: not an integer': 1})
    """

    def __init__(self, path: Path | None, *, keep: bool = False) -> None:
        self.path = path
        self._keep = keep
        self.reasons: Counter[str] = Counter()
        self._file: IO[str] | None = None
        self._open = contextlib.ExitStack()

    @property
    def count(self) -> int:
        """How many rows were refused."""
        return self.reasons.total()

    def refuse(self, source: str, row: int, reason: str, content: str) -> None:
        """Keep row number ``row`` (the first data row being 1) of ``source``."""
        known = reason in self.reasons or len(self.reasons) < MOST_REASONS
        self.reasons[reason if known else OTHERS] += 1
        if self.path is None:
            return
        if self._file is None:
            temporary = self._open.enter_context(atomic_file(self.path))
            if self._keep and self.path.exists():
                with output_errors(self.path):
                    shutil.copyfile(self.path, temporary)
            self._file = self._open.enter_context(temporary.open("a", encoding="utf-8"))
        facts: dict[str, str | int] = {"source": source, "row": row, "reason": reason}
        whole = content.encode("utf-8", "replace")
        facts["content"] = whole[:LARGEST_CONTENT].decode("utf-8", "ignore")
        if len(whole) > LARGEST_CONTENT:
            facts["content_bytes"] = len(whole)
        with output_errors(self.path):
            self._file.write(json.dumps(facts) + "\n")

    def refuse_rows(self, source: str, refused: pa.Table, *, hide: Callable[[str], str] = str) -> None:
        """Keep the rows that ``Schema.validate`` refused; ``hide`` takes what nobody should see out of a value."""
        for fault in refused.to_pylist():
            content = "" if fault["value"] is None else hide(fault["value"])
            self.refuse(source, fault["row"], f"{fault['column']}: {fault['reason']}", content)

    def close(self) -> None:
        """Put the file in its place; closing again does nothing."""
        self._file = None
        self._open.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
