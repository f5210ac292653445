"""Zeek's connection log: tab-separated text under header lines, or JSON lines."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from garrison.data.sources.flows import Typing
from garrison.data.sources.jsonlines import json_fault, json_object
from garrison.data.sources.zeek import (
    FIELDS,
    NEEDED,
    ZeekSource,
    cells_of,
    events_of,
    record_fault,
    table_of,
)
from garrison.data.sources.zeek_header import ZeekHeader
from garrison.data.value_text import texts_of
from garrison.errors import SourceError
from garrison.serving.stream.formats.base import Decoded, Fault, Format

_LONGEST_HEADER = 65_536


class Zeek(Format):
    """Lines of a conn.log: tab-separated under header lines, JSON where there are none.

    ``SourceError`` when the header is of another log, or there is none before the first tab-separated line.
    """

    name = "zeek"
    endings = (".log",)
    addresses = ZeekSource.addresses

    _told = b""
    _json = False

    def begin(self) -> None:
        """The next lines are a header, or JSON."""
        self._told, self._json = b"", False

    def state(self) -> dict[str, Any]:
        """The header lines so far, and whether the file is one of JSON lines."""
        return {"header": self._told.decode("utf-8", "replace"), "json": self._json}

    def resume(self, state: dict[str, Any]) -> None:
        """Go on under the header of ``state``."""
        self._told, self._json = str(state["header"]).encode(), bool(state["json"])

    def decode(self, lines: Sequence[bytes]) -> Decoded:
        """See ``Format.decode``."""
        faults: list[Fault] = []
        found: list[tuple[pa.Array, pa.RecordBatch]] = []
        rows: list[int] = []
        for place, line in enumerate(lines):
            if line.startswith(b"#"):
                found += self._under_one_header(lines, rows, faults)
                rows = []
                self._take(line)
            elif line.strip():
                rows.append(place)
        found += self._under_one_header(lines, rows, faults)
        if not found:
            found = [self._kept(Typing(pa.array([], pa.int64()), _no_cells()), faults)]
        places = pa.concat_arrays([each for each, _ in found])
        return Decoded(places, pa.concat_batches([batch for _, batch in found]), faults)

    def prime(self, head: Sequence[bytes]) -> None:
        """Take the header lines with which a file begins."""
        for line in head:
            if not line.startswith(b"#"):
                break
            self._take(line)

    def _take(self, line: bytes) -> None:
        """One more header line; a log that was put together has several headers, of which the last one holds."""
        self._told = line + b"\n" if line.startswith(b"#separator") else self._told + line + b"\n"
        if len(self._told) > _LONGEST_HEADER:
            raise SourceError(
                f"a header of over {_LONGEST_HEADER:,} bytes", where=self.where, expected="a conn.log of Zeek"
            )

    def _under_one_header(
        self, lines: Sequence[bytes], places: list[int], faults: list[Fault]
    ) -> list[tuple[pa.Array, pa.RecordBatch]]:
        if not places:
            return []
        self._json = not self._told and (self._json or lines[places[0]].startswith(b"{"))
        read = self._objects if self._json else self._rows
        return [self._kept(read(lines, places, faults), faults)]

    def _rows(self, lines: Sequence[bytes], places: list[int], faults: list[Fault]) -> Typing:
        header = ZeekHeader(self.where)
        header.take(self._told.removesuffix(b"\n"))
        header.check(needed=NEEDED)

        def refuse(row: int, reason: str, content: str) -> None:  # noqa: ARG001 (the line itself is kept)
            faults.append(Fault(places[row - 1], reason))

        table, numbers, _ = table_of(b"\n".join(lines[place] for place in places), header, 0, refuse)
        return Typing(pa.array(places, pa.int64()).take(_from_zero(numbers)), cells_of(table))

    def _objects(self, lines: Sequence[bytes], places: list[int], faults: list[Fault]) -> Typing:
        good: list[int] = []
        records: list[dict[str, Any]] = []
        for place in places:
            try:
                record = json_object(lines[place])
                fault = record_fault(record)
            except (ValueError, RecursionError) as error:
                fault = json_fault(error)
            if fault:
                faults.append(Fault(place, fault))
            else:
                good.append(place)
                records.append(record)
        cells = {name: texts_of(record.get(name) for record in records) for name in FIELDS}
        return Typing(pa.array(good, pa.int64()), cells)

    def _kept(self, typing: Typing, faults: list[Fault]) -> tuple[pa.Array, pa.RecordBatch]:
        def refuse(row: int, reason: str, content: str) -> None:  # noqa: ARG001 (the line itself is kept)
            faults.append(Fault(row, reason))

        places, events = typing.kept(events_of(typing), refuse)
        wanted = {column.name for column in self.schema.kept(with_label=False)}
        names = [name for name in events if name in wanted]
        return places, pa.RecordBatch.from_arrays([events[name] for name in names], names)


def _from_zero(numbers: pa.Array) -> pa.Array:
    return pa.array(numbers.to_numpy() - 1)


def _no_cells() -> dict[str, pa.Array]:
    return {name: pa.array([], pa.string()) for name in FIELDS}
