"""The header lines of Zeek's tab-separated logs: what separates fields, which there are, what stands for nothing."""

import re
from collections.abc import Sequence

from garrison.errors import SourceError

HEADER_LINES = re.compile(rb"^(?:#[^\n]*(?:\n|\Z))+", re.MULTILINE)
"""Lines that begin with #, which no row does: Zeek escapes it there."""

_ESCAPED = re.compile(rb"\\x([0-9A-Fa-f]{2})")


class ZeekHeader:
    """What the last header lines said: ``separator`` (one byte), ``fields``, ``unset`` and ``empty``."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.separator = b"\t"
        self.fields: list[str] = []
        self.unset = "-"
        self.empty = "(empty)"

    def take(self, lines: bytes) -> None:
        """Follow some header lines; ``SourceError`` when they are of another log or cannot be followed."""
        for line in lines.replace(b"\r", b"").split(b"\n"):
            if line.startswith(b"#separator"):
                self.separator = _ESCAPED.sub(_byte, line.removeprefix(b"#separator").strip(b" "))
                if len(self.separator) != 1 or self.separator in b'\r\n"' or self.separator > b"\x7f":
                    raise SourceError(
                        f"{self.separator!r} cannot separate fields",
                        where=self.where,
                        expected="#separator \\x09",
                    )
                continue
            name, *values = line.split(self.separator)
            if name == b"#fields":
                self.fields = [value.decode("utf-8", "replace") for value in values]
                if len(set(self.fields)) < len(self.fields):
                    raise SourceError("a field is named twice in #fields", where=self.where)
            elif name == b"#unset_field" and values:
                self.unset = values[0].decode("utf-8", "replace")
            elif name == b"#empty_field" and values:
                self.empty = values[0].decode("utf-8", "replace")
            elif name == b"#path" and values and values[0] != b"conn":
                raise SourceError(
                    f"this is Zeek's log {values[0].decode('utf-8', 'replace')[:100]!r}",
                    where=self.where,
                    expected="the log of connections, conn.log",
                )

    def check(self, *, needed: Sequence[str]) -> None:
        """``SourceError`` unless the fields that are ``needed`` have been named."""
        missing = [name for name in needed if name not in self.fields]
        if missing:
            raise SourceError(
                f"#fields does not name {missing[0]!r}" if self.fields else "there is no line #fields",
                where=self.where,
                expected="a conn.log of Zeek with its header lines",
            )


def _byte(found: re.Match[bytes]) -> bytes:
    return bytes([int(found[1], 16)])
