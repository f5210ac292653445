"""Zeek's connection log, conn.log: tab-separated text with header lines, or JSON lines."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Unpack

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from garrison.data.sources.base import Numbered, Reading, Refuse, row_numbers
from garrison.data.sources.compression import chunks
from garrison.data.sources.flows import EVENT_COLUMNS, FlowSource, Typing, column, total
from garrison.data.sources.jsonlines import JsonLinesSource
from garrison.data.sources.protocols import ports_of, protocol_names
from garrison.data.sources.records import LONGEST, blocks
from garrison.data.sources.zeek_header import HEADER_LINES, ZeekHeader
from garrison.data.value_text import texts_of
from garrison.errors import SourceError

FAILED = ("S0", "REJ", "RSTOS0", "RSTRH", "SH", "SHR")
"""The connection states that say that no connection came about.

S0: an attempt without reply; REJ: rejected; RSTOS0: a SYN, then a RST, without SYN-ACK; RSTRH: a SYN-ACK, then a
RST, without SYN; SH: a SYN, then a FIN, without SYN-ACK; SHR: a SYN-ACK, then a FIN, without SYN (Zeek's
documentation of ``conn_state`` in base/protocols/conn/main.zeek).
"""

FIELDS = (
    *("ts", "uid", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "proto", "ip_proto", "service"),
    *("duration", "orig_bytes", "resp_bytes", "conn_state", "local_orig", "local_resp", "missed_bytes"),
    *("history", "orig_pkts", "orig_ip_bytes", "resp_pkts", "resp_ip_bytes"),
)
"""The fields of the log that are read; others are left."""

NEEDED = ("ts", "id.orig_h", "id.resp_h", "proto")
"""The fields without which a line is no connection."""

_ESCAPED = re.compile(r"\\x([0-9A-Fa-f]{2})")


class ZeekSource(FlowSource):
    """A conn.log, as tab-separated text or as JSON lines, found by its first character.

    A log may have several blocks of header lines, as one has that was put together. Refused one by one: lines
    with too many or too few fields, and those with a value that is not of its type. ``SourceError``: an empty
    file, a log without ``#fields``, one of another ``#path`` than conn.
    """

    format = "zeek"
    columns = (
        *EVENT_COLUMNS,
        column("uid", "string", "Zeek's name of the connection"),
        column("conn_state", "string", "how it went: S0, SF, REJ and so on"),
        column("history", "string", "the packets' kinds in order, one letter each"),
        column("local_orig", "boolean", "the source is of one's own network"),
        column("local_resp", "boolean", "the destination is of one's own network"),
        column("missed_bytes", "integer", "bytes that Zeek did not see"),
    )

    @classmethod
    def begins_so(cls, start: bytes) -> bool:
        """Whether it begins with a header of Zeek or a JSON object, or is empty."""
        return start.startswith((b"#separator", b"#fields", b"{")) or not start

    def __init__(
        self,
        path: Path,
        **reading: Unpack[Reading],
    ) -> None:
        super().__init__(path, **reading)
        start = next(chunks(path, size=4096), b"").lstrip(b" \t\r\n")
        if not start:
            raise SourceError("the file is empty", where=str(path), expected="a conn.log of Zeek")
        if start[:1] not in b"#{":
            raise SourceError(
                "the file is no log of Zeek",
                where=str(path),
                expected="lines that begin with #separator and #fields, or JSON lines",
                remedy="give the format that it has, e.g. --format csv",
            )
        self.encoding = "utf-8"
        self._json = start.startswith(b"{")

    def _raw(self, refuse: Refuse) -> Iterator[Numbered]:
        given = False
        for typing in self._objects(refuse) if self._json else self._lines(refuse):
            rows, events = typing.kept(events_of(typing), refuse)
            if len(rows):
                given = True
                yield from self._parts(rows, events)
        if not given:
            nothing = Typing(row_numbers(1, 0), {name: pa.array([], pa.string()) for name in FIELDS})
            yield from self._parts(*nothing.kept(events_of(nothing), refuse))

    def _lines(self, refuse: Refuse) -> Iterator[Typing]:
        header = ZeekHeader(str(self.path))
        done = 0
        for block in blocks(chunks(self.path), newline=b"\n", quoted=None):
            if block.fault:
                done += 1
                refuse(done, f"a line of over {LONGEST:,} bytes", block.data.decode("utf-8", "replace"))
                continue
            position = 0
            for lines in [*HEADER_LINES.finditer(block.data), None]:
                data = block.data[position : lines.start() if lines else None]
                if data.strip():
                    header.check(needed=NEEDED)
                    table, rows, done = table_of(data, header, done, refuse)
                    yield Typing(rows, cells_of(table))
                if lines:
                    header.take(lines[0])
                    position = lines.end()
        header.check(needed=NEEDED)

    def _objects(self, refuse: Refuse) -> Iterator[Typing]:
        for objects in JsonLinesSource(self.path).objects(refuse):
            rows: list[int] = []
            records: list[dict[str, Any]] = []
            for row, record in objects:
                fault = record_fault(record)
                if fault:
                    refuse(row, fault, str(record))
                else:
                    rows.append(row)
                    records.append(record)
            cells = {name: texts_of(record.get(name) for record in records) for name in FIELDS}
            yield Typing(pa.array(rows, pa.int64()), cells)


def record_fault(record: dict[str, Any]) -> str:
    """Why a JSON object is no connection; empty where it is one."""
    if record.get("_path", "conn") != "conn":
        return "a record of another log than conn"
    missing = [name for name in NEEDED if name not in record]
    if missing:
        return f"{missing[0]}: missing"
    nested = [name for name in FIELDS if isinstance(record.get(name), (dict, list))]
    return f"{nested[0]}: a nested value" if nested else ""


def table_of(data: bytes, header: ZeekHeader, done: int, refuse: Refuse) -> tuple[pa.Table, pa.Array, int]:
    """The rows of some lines as text, their numbers, and the number of the last line."""
    try:
        table = _parsed(data, header)
        return table, row_numbers(done + 1, table.num_rows), done + table.num_rows
    except pa.ArrowInvalid:
        pass
    good: list[bytes] = []
    rows: list[int] = []
    for line in data.split(b"\n"):
        whole = line.removesuffix(b"\r")
        if not whole:
            continue
        done += 1
        found = whole.count(header.separator) + 1
        if found == len(header.fields) and b"\r" not in whole:
            good.append(whole)
            rows.append(done)
        else:
            reason = f"{found} fields instead of {len(header.fields)}"
            refuse(
                done,
                reason if b"\r" not in whole else "a line break in a field",
                whole.decode("utf-8", "replace"),
            )
    return _parsed(b"\n".join(good), header), pa.array(rows, pa.int64()), done


def _parsed(data: bytes, header: ZeekHeader) -> pa.Table:
    kept = [name for name in header.fields if name in FIELDS]
    if not data.strip(b"\r\n"):
        return pa.schema([(name, pa.string()) for name in kept]).empty_table()
    return pyarrow.csv.read_csv(
        pa.BufferReader(data),
        read_options=pyarrow.csv.ReadOptions(column_names=header.fields),
        parse_options=pyarrow.csv.ParseOptions(
            delimiter=header.separator.decode(), quote_char=False, ignore_empty_lines=True
        ),
        convert_options=pyarrow.csv.ConvertOptions(
            include_columns=kept,
            column_types=dict.fromkeys(kept, pa.string()),
            check_utf8=False,
            null_values=[header.unset, header.empty],
            strings_can_be_null=True,
        ),
    )


def cells_of(table: pa.Table) -> dict[str, pa.Array]:
    """The columns of the log, missing ones as missing values, Zeek's escapes (``\\x09``) as what they stand for."""
    cells = {}
    for name in FIELDS:
        if name not in table.column_names:
            cells[name] = pa.nulls(table.num_rows, pa.string())
            continue
        values = table.column(name).combine_chunks()
        if pc.any(pc.match_substring(values, "\\x")).as_py():
            texts = [
                value and value.decode("utf-8", "replace") for value in values.cast(pa.binary()).to_pylist()
            ]
            values = pa.array([value and _ESCAPED.sub(_unescaped, value) for value in texts], pa.string())
        if name in ("local_orig", "local_resp"):
            values = pc.if_else(
                pc.equal(values, "T"), "true", pc.if_else(pc.equal(values, "F"), "false", values)
            )
        cells[name] = values
    return cells


def _unescaped(found: re.Match[str]) -> str:
    return chr(int(found[1], 16))


def events_of(typing: Typing) -> dict[str, pa.Array | None]:
    """The columns of ``ZeekSource.columns``, from the fields of some lines."""
    protocol = _protocols(typing)
    state = typing.cells["conn_state"]
    failed = pc.if_else(
        state.is_valid(), pc.is_in(state, value_set=pa.array(FAILED)), pa.scalar(None, pa.bool_())
    )
    there, back = typing.count("orig_pkts"), typing.count("resp_pkts")
    there_bytes, back_bytes = typing.count("orig_ip_bytes"), typing.count("resp_ip_bytes")
    source = typing.text("id.orig_h")
    there_payload = _payload(typing.count("orig_bytes"), protocol, source, there, there_bytes, failed)
    back_payload = _payload(typing.count("resp_bytes"), protocol, source, back, back_bytes, failed)
    return {
        "timestamp": typing.time("ts"),
        "src_ip": source,
        "dst_ip": typing.text("id.resp_h"),
        "src_port": ports_of(protocol, typing.count("id.orig_p")),
        "dst_port": ports_of(protocol, typing.count("id.resp_p")),
        "protocol": protocol,
        "payload_len": total(there_payload, back_payload),
        "duration": pc.fill_null(typing.seconds("duration"), 0.0),
        "packets": total(there, back),
        "failed": failed,
        "service": typing.text("service"),
        "src_packets": there,
        "dst_packets": back,
        "src_bytes": there_bytes,
        "dst_bytes": back_bytes,
        "src_payload": there_payload,
        "dst_payload": back_payload,
        "uid": typing.text("uid"),
        "conn_state": state,
        "history": typing.text("history"),
        "local_orig": typing("local_orig", "boolean"),
        "local_resp": typing("local_resp", "boolean"),
        "missed_bytes": typing.count("missed_bytes"),
    }


def _protocols(typing: Typing) -> pa.Array:
    """The protocol's name; by its number where Zeek knows only that (``unknown_transport``)."""
    names = protocol_names(typing.text("proto"))
    numbers = protocol_names(typing.text("ip_proto"))
    unknown = pc.equal(names, "unknown_transport")
    return pc.if_else(pc.and_(unknown, numbers.is_valid()), numbers, names)


def _payload(
    told: pa.Array, protocol: pa.Array, source: pa.Array, packets: pa.Array, size: pa.Array, failed: pa.Array
) -> pa.Array:
    """The payload bytes of one direction, also where Zeek does not tell them.

    It tells none for what lasted no time, as one packet. Then they are the bytes without the headers for UDP and
    ICMP, and none for a TCP connection that never came about; for others they stay missing.
    """
    six = pc.match_substring(source, ":")
    headers = pc.if_else(six, pa.scalar(48, pa.int64()), pa.scalar(28, pa.int64()))
    rest = pc.subtract(size, pc.multiply(packets, headers))
    rest = pc.if_else(pc.less(rest, 0), pa.scalar(0, pa.int64()), rest)
    nothing = pa.scalar(None, pa.int64())
    simple = pc.is_in(protocol, value_set=pa.array(["udp", "icmp"]))
    never = pc.and_(pc.equal(protocol, "tcp"), failed)
    estimated = pc.if_else(simple, rest, pc.if_else(never, pa.scalar(0, pa.int64()), nothing))
    return pc.coalesce(told, estimated)
