"""What the sources of network flows share: columns they know, addresses replaced, and cells typed one by one."""

import json
from collections.abc import Iterator, Mapping
from typing import ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from garrison.data.casting import Mask, cast_column
from garrison.data.schema import Column, ColumnType, Schema
from garrison.data.sources.base import Numbered, Refuse, Source
from garrison.data.validate import texts
from garrison.errors import SchemaError

Cells = Mapping[str, pa.Array]
"""The cells of some rows as text, by the name that the file has for the column."""

YEAR_9999 = 253_402_300_800
"""Seconds since 1970 at which times end."""

LARGEST_COUNT = 1 << 53
"""Packets or bytes of one flow: nine million billion, and sums of many still fit into 64 bits."""


def column(name: str, kind: ColumnType, meaning: str) -> Column:
    """A column of a source: any of its values may be missing."""
    return Column(name, kind, nullable=True, meaning=meaning)


EVENT_COLUMNS = (
    column("timestamp", "timestamp", "when it began, UTC"),
    column("src_ip", "string", "who began it, a pseudonym"),
    column("dst_ip", "string", "the other end, a pseudonym"),
    column("src_port", "integer", "the port of the source"),
    column("dst_port", "integer", "the port of the destination"),
    column("protocol", "string", "tcp, udp, icmp or another, in lower case"),
    column("payload_len", "integer", "payload both ways, bytes"),
    column("duration", "number", "from the first packet to the last, seconds"),
    column("packets", "integer", "packets both ways"),
    column("failed", "boolean", "the connection never came about"),
    column("service", "string", "the application protocol, where the file says it"),
    column("src_packets", "integer", "packets from the source"),
    column("dst_packets", "integer", "packets from the destination"),
    column("src_bytes", "integer", "bytes from the source, IP headers included"),
    column("dst_bytes", "integer", "bytes from the destination, IP headers included"),
    column("src_payload", "integer", "payload from the source, bytes"),
    column("dst_payload", "integer", "payload from the destination, bytes"),
)
"""The columns that the sources of flows have in common."""


class FlowSource(Source):
    """A source whose columns are known beforehand: those that the schema does not ask for are dropped."""

    addresses = ("src_ip", "dst_ip")
    columns: ClassVar[tuple[Column, ...]] = EVENT_COLUMNS

    def _inferred(self, batch: pa.RecordBatch) -> Schema:
        names = set(batch.schema.names)
        return Schema(name=self.format, columns=tuple(each for each in self.columns if each.name in names))

    def _wanted(self, events: Mapping[str, pa.Array]) -> pa.RecordBatch:
        """The events with the columns that the schema asks for, in the order of this source's."""
        names = [each.name for each in self.columns if each.name in events]
        if self.schema is not None:
            label = self.schema.label
            if self.with_label and label is not None and label.column not in names:
                raise SchemaError(
                    f"the file has no label {label.column!r}: it does not say what was an attack",
                    where=str(self.path),
                    expected="a label, or to be told that there is none",
                    remedy="garrison ingest --no-label; with_label=False in Python",
                )
            kept = {each.name for each in self.schema.kept(with_label=self.with_label)}
            names = [name for name in names if name in kept]
        return pa.RecordBatch.from_arrays([events[name] for name in names], names)

    def _parts(self, rows: pa.Array, events: Mapping[str, pa.Array]) -> Iterator[Numbered]:
        batch = self._wanted(events)
        for at in range(0, max(len(rows), 1), self.batch_rows):
            yield Numbered(rows[at : at + self.batch_rows], batch.slice(at, self.batch_rows))


class Typing:
    """Cells made into values column by column; it remembers which rows had one that could not be.

    A column that the file does not have is None, as is what is computed from it.
    """

    def __init__(self, rows: pa.Array, cells: Cells) -> None:
        self.rows = rows
        self.cells = cells
        self._code = np.zeros(len(rows), dtype=np.int64)
        self._reasons = [""]

    def __call__(self, name: str, kind: ColumnType) -> pa.Array | None:
        """The values of the column called ``name`` as ``kind``, missing where they are missing or not of it."""
        if name not in self.cells:
            return None
        cast = cast_column(self.cells[name], kind)
        for reason, mask in cast.faults:
            self.fault(f"{name}: {reason}", mask)
        return cast.values

    def count(self, name: str) -> pa.Array | None:
        """An integer that is not negative, nor so large that sums of it would not fit."""
        values = self(name, "integer")
        if values is not None and len(values):
            if (pc.min(values).as_py() or 0) < 0:
                self.fault(f"{name}: negative", _mask(pc.less(values, 0)))
            if (pc.max(values).as_py() or 0) > LARGEST_COUNT:
                self.fault(f"{name}: more than {LARGEST_COUNT:,}", _mask(pc.greater(values, LARGEST_COUNT)))
        return values

    def seconds(self, name: str, *, unit: float = 1.0) -> pa.Array | None:
        """A time span in seconds, of cells in ``unit`` seconds, that is not negative."""
        values = self(name, "number")
        if values is None:
            return None
        if len(values) and (pc.min(values).as_py() or 0) < 0:
            self.fault(f"{name}: negative", _mask(pc.less(values, 0)))
        return values if unit == 1.0 else pc.multiply(values, unit)

    def time(self, name: str, *, unit: float = 1.0) -> pa.Array | None:
        """A time of cells in ``unit`` seconds since 1970, or in ISO 8601, UTC where it has no zone."""
        if name not in self.cells:
            return None
        cells = self.cells[name]
        number = cast_column(cells, "number")
        written = cast_column(cells, "timestamp")
        seconds = pc.multiply(number.values, unit)
        outside = _mask(pc.or_(pc.less(seconds, -YEAR_9999 / 4), pc.greater_equal(seconds, float(YEAR_9999))))
        nothing = pa.scalar(None, pa.float64())
        ticks = pc.round(pc.multiply(pc.if_else(pa.array(outside), nothing, seconds), 1e6))
        times = pc.coalesce(written.values, ticks.cast(pa.int64()).cast(pa.timestamp("us", tz="UTC")))
        missing = _mask(cast_column(cells, "string").values.is_null()) | _mask(
            pc.is_in(cells, value_set=pa.array([""]))
        )
        self.fault(f"{name}: not a time", _mask(times.is_null()) & ~missing)
        return times

    def other(self, cells: Cells) -> "Typing":
        """The same rows with other cells: what is wrong with those is remembered here."""
        typing = Typing(self.rows, cells)
        typing._code, typing._reasons = self._code, self._reasons
        return typing

    def text(self, name: str) -> pa.Array | None:
        """The cells as they are; those that are no valid text are left to validation."""
        return self.cells.get(name)

    def fault(self, reason: str, rows: Mask) -> None:
        """Set ``rows`` aside, for ``reason``, unless they already are."""
        if (rows & (self._code == 0)).any():
            self._code[rows & (self._code == 0)] = len(self._reasons)
            self._reasons.append(reason)

    def kept(
        self, events: Mapping[str, pa.Array | None], refuse: Refuse
    ) -> tuple[pa.Array, dict[str, pa.Array]]:
        """The numbers and values of the rows without a fault; the others are refused."""
        present = {name: values for name, values in events.items() if values is not None}
        if not self._code.any():
            return self.rows, present
        places = np.flatnonzero(self._code)
        bad = pa.array(places)
        shown = [texts(values.take(bad)) for values in self.cells.values()]
        for at, place in enumerate(places):
            content = {name: values[at] for name, values in zip(self.cells, shown, strict=True)}
            refuse(
                self.rows[int(place)].as_py(),
                self._reasons[self._code[place]],
                json.dumps(content, ensure_ascii=False),
            )
        good = pa.array(self._code == 0)
        return self.rows.filter(good), {name: values.filter(good) for name, values in present.items()}


def _mask(values: pa.Array) -> Mask:
    mask: Mask = pc.fill_null(values, False).to_numpy(zero_copy_only=False).astype(bool)
    return mask


def total(*values: pa.Array | None) -> pa.Array | None:
    """The sum of counts, a missing one being nothing; missing where all are, None where there are none."""
    present = [each for each in values if each is not None]
    if not present:
        return None
    known = present[0].is_valid()
    result = pc.fill_null(present[0], 0)
    for each in present[1:]:
        known = pc.or_(known, each.is_valid())
        result = pc.add(result, pc.fill_null(each, 0))
    return pc.if_else(known, result, pa.scalar(None, result.type))
