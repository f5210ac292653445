"""Where a service keeps the events that it refused: a file of JSON lines that grows, and is full at a stated size."""

import json
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from garrison.data.pseudonyms import Pseudonyms
from garrison.data.quarantine import LARGEST_CONTENT
from garrison.files import output_errors
from garrison.run.appending import append_whole
from garrison.serving.http.answers import Refusal


class GrowingQuarantine:
    """Appends one line for each refused event, as ``garrison ingest`` writes them; only its owner can read the file.

    Each line is added whole. Addresses in what is kept are replaced where ``pseudonyms`` are given. ``OutputError``
    when the file cannot be made or written.
    """

    def __init__(self, path: Path, *, most_bytes: int, pseudonyms: Pseudonyms | None = None) -> None:
        self.path = path
        self._most = most_bytes
        self._pseudonyms = pseudonyms
        with output_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def keep(self, refusals: Sequence[Refusal], contents: Sequence[Any], *, model: str, request: str) -> int:
        """Append a line for each refusal, whose event stands at the same place in ``contents``; gives how many lines
        found no place any more.
        """
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        lines = [
            self._line(refusal, content, {"model": model, "request": request, "time": now})
            for refusal, content in zip(refusals, contents, strict=True)
        ]
        size = os.fstat(self._descriptor).st_size
        fit = 0
        while fit < len(lines) and size + len(lines[fit]) <= self._most:
            size += len(lines[fit])
            fit += 1
        if fit:
            with output_errors(self.path):
                append_whole(self._descriptor, b"".join(lines[:fit]))
        return len(lines) - fit

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)

    def _line(self, refusal: Refusal, content: Any, facts: dict[str, str]) -> bytes:
        text = content if isinstance(content, str) else _as_json(content)
        reason = str(refusal)
        if self._pseudonyms is not None:
            text, reason = self._pseudonyms.in_text(text), self._pseudonyms.in_text(reason)
        whole = text.encode("utf-8", "replace")
        line: dict[str, Any] = {"source": "http", "row": refusal.row, "reason": reason, **facts}
        line["content"] = whole[:LARGEST_CONTENT].decode("utf-8", "ignore")
        if len(whole) > LARGEST_CONTENT:
            line["content_bytes"] = len(whole)
        return json.dumps(line).encode() + b"\n"


def _as_json(content: Any) -> str:
    try:
        return orjson.dumps(content, default=str).decode()
    except orjson.JSONEncodeError:
        return str(content)
