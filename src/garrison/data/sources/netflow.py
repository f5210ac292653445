"""NetFlow and IPFIX records as CSV: nfdump's, and those with the usual names of NetFlow v9 and IPFIX."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Unpack

import pyarrow as pa
import pyarrow.compute as pc

from garrison.data.sources.base import Numbered, Reading, Refuse
from garrison.data.sources.csv import CsvSource
from garrison.data.sources.flows import EVENT_COLUMNS, FlowSource, Typing, column, total
from garrison.data.sources.netflow_names import Name, known, meanings
from garrison.data.sources.protocols import ports_of, protocol_names
from garrison.errors import SchemaError

SUMMARY = ("Summary", "No matched flows")
"""How nfdump's lines after the last record begin; they are no rows."""

HEADERS = {"tcp": 40, "udp": 28, "icmp": 28}
"""Bytes that the headers of a packet have at least, with IPv4; IPv6 has 20 more."""

_NO_ADDRESS = ("0.0.0.0", "::", "")  # noqa: S104 (what an export writes where there is no address)
_SYN, _ACK = 2, 16
_CLOCK = r"^(?:(?P<d>[0-9]{1,9})d +)?(?P<h>[0-9]{1,9}):(?P<m>[0-9]{2}):(?P<s>[0-9]{2}(?:\.[0-9]{1,9})?)$"


class NetflowSource(FlowSource):
    """One flow a row; which column means what is known by its name (``netflow_names``), others are left.

    An export has the columns it has: those that are not there are not given either. A time without a zone is
    read as UTC; nfdump writes the local time, so let it run with ``TZ=UTC``. Faults as with ``CsvSource``, and
    ``SchemaError`` where no column names a source address.
    """

    format = "netflow"
    choices = ("encoding", "delimiter")
    columns = (
        *EVENT_COLUMNS,
        column("tcp_flags", "integer", "the TCP flags of all packets, as bits"),
        column("is_malicious", "boolean", "the data set's label"),
        column("attack_type", "string", "the data set's name of the attack, missing where there is none"),
    )

    def __init__(
        self,
        path: Path,
        *,
        encoding: str | None = None,
        delimiter: str | None = None,
        **reading: Unpack[Reading],
    ) -> None:
        super().__init__(path, **reading)
        self._file = _Export(path, batch_rows=self.batch_rows, encoding=encoding, delimiter=delimiter)
        self.encoding, self.delimiter = self._file.encoding, self._file.delimiter

    def _raw(self, refuse: Refuse) -> Iterator[Numbered]:
        ended = False

        def unless_summary(row: int, reason: str, content: str) -> None:
            nonlocal ended
            ended = ended or content.startswith(SUMMARY)
            if ended:
                self.left_out["lines of nfdump's summary"] += 1
            else:
                refuse(row, reason, content)

        for part in self._file.raw(unless_summary):
            cells = dict(zip(part.batch.schema.names, part.batch.columns, strict=True))
            typing = Typing(part.rows, cells)
            rows, events = typing.kept(_events(typing), refuse)
            yield from self._parts(rows, events)


class _Export(CsvSource):
    """The CSV file, of which only columns with a known name are read."""

    def raw(self, refuse: Refuse) -> Iterator[Numbered]:
        return self._raw(refuse)

    def _kept(self, names: Sequence[str]) -> list[str]:
        kept = [name for name in names if known(name)]
        if "src_ip" not in meanings(kept):
            raise SchemaError(
                "no column names the source address of a flow",
                where=str(self.path),
                expected="a name such as sa, srcAddr, IPV4_SRC_ADDR or sourceIPv4Address",
                remedy="rename the column, or read the file as CSV with a features file",
            )
        return kept


def _events(typing: Typing) -> dict[str, pa.Array | None]:
    found = meanings(list(typing.cells))

    def first(means: str) -> tuple[str, Name] | None:
        return found[means][0] if means in found else None

    def cells(means: str) -> pa.Array | None:
        named = first(means)
        return typing.cells[named[0]] if named else None

    def count(means: str) -> pa.Array | None:
        named = first(means)
        return typing.count(named[0]) if named else None

    start, end = (_time(typing, first(means)) for means in ("timestamp", "end"))
    source, target = (_address(typing, found.get(means, [])) for means in ("src_ip", "dst_ip"))
    protocol = protocol_names(cells("protocol")) if "protocol" in found else None
    there, back = count("src_packets"), count("dst_packets")
    there_bytes, back_bytes = count("src_bytes"), count("dst_bytes")
    there_payload = _payload(there_bytes, there, protocol, source)
    back_payload = _payload(back_bytes, back, protocol, source)
    flags = _flags(typing, first("flags"))
    own_flags = _flags(typing, first("src_flags"))
    malicious = typing(found["is_malicious"][0][0], "boolean") if "is_malicious" in found else None
    return {
        "timestamp": start,
        "src_ip": source,
        "dst_ip": target,
        "src_port": _ports(typing, first("src_port"), protocol),
        "dst_port": _ports(typing, first("dst_port"), protocol),
        "protocol": protocol,
        "payload_len": total(there_payload, back_payload),
        "duration": _duration(typing, first("duration"), start, end),
        "packets": total(there, back),
        "failed": _failed(protocol, flags if own_flags is None else own_flags),
        "service": cells("service"),
        "src_packets": there,
        "dst_packets": back,
        "src_bytes": there_bytes,
        "dst_bytes": back_bytes,
        "src_payload": there_payload,
        "dst_payload": back_payload,
        "tcp_flags": flags,
        "is_malicious": malicious,
        "attack_type": _attack(typing, first("attack_type"), malicious),
    }


def _time(typing: Typing, named: tuple[str, Name] | None) -> pa.Array | None:
    return typing.time(named[0], unit=named[1].unit) if named else None


def _address(typing: Typing, named: list[tuple[str, Name]]) -> pa.Array | None:
    """The address, from the IPv4 column or the IPv6 column, whichever has one."""
    values = [pc.ascii_trim_whitespace(typing.cells[name]) for name, _ in named]
    if len(values) < 2:
        return values[0] if values else None
    nothing = pa.scalar(None, pa.string())
    shown = [pc.if_else(pc.is_in(each, value_set=pa.array(_NO_ADDRESS)), nothing, each) for each in values]
    return pc.coalesce(*shown, *values)


def _ports(typing: Typing, named: tuple[str, Name] | None, protocol: pa.Array | None) -> pa.Array | None:
    """Ports; nfdump writes ICMP's type and code there, as 8.0."""
    if named is None:
        return None
    if protocol is None:
        return typing.count(named[0])
    cells = ports_of(protocol, typing.cells[named[0]])
    return typing.other({named[0]: cells}).count(named[0])


def _duration(
    typing: Typing, named: tuple[str, Name] | None, start: pa.Array | None, end: pa.Array | None
) -> pa.Array | None:
    if named is not None:
        name, kind = named
        parts = pc.extract_regex(typing.cells[name], _CLOCK)
        clock = [pc.struct_field(parts, part) for part in ("d", "h", "m", "s")]
        if not pc.any(parts.is_valid()).as_py():
            return typing.seconds(name, unit=kind.unit)
        spans = [pc.if_else(pc.equal(part, ""), "0", part).cast(pa.float64()) for part in clock]
        seconds = pa.scalar(0.0)
        for span, length in zip(spans, (86400.0, 3600.0, 60.0, 1.0), strict=True):
            seconds = pc.add(seconds, pc.multiply(span, length))
        plain = pc.if_else(parts.is_valid(), pa.scalar(None, pa.string()), typing.cells[name])
        return pc.coalesce(seconds, typing.other({name: plain}).seconds(name, unit=kind.unit))
    if start is None or end is None:
        return None
    span = pc.divide(pc.subtract(end, start).cast(pa.int64()).cast(pa.float64(), safe=False), 1e6)
    return pc.if_else(pc.less(span, 0), pa.scalar(None, pa.float64()), span)


def _payload(
    size: pa.Array | None, packets: pa.Array | None, protocol: pa.Array | None, source: pa.Array | None
) -> pa.Array | None:
    """The bytes without the least that headers have: NetFlow counts bytes of IP, options stay counted."""
    if size is None or packets is None or protocol is None:
        return None
    headers: pa.Array = pa.scalar(20, pa.int64())
    for name, least in HEADERS.items():
        headers = pc.if_else(pc.equal(protocol, name), pa.scalar(least, pa.int64()), headers)
    if source is not None:
        headers = pc.add(headers, pc.if_else(pc.match_substring(source, ":"), 20, 0).cast(pa.int64()))
    rest = pc.subtract(size, pc.multiply(packets, headers))
    return pc.if_else(pc.less(rest, 0), pa.scalar(0, pa.int64()), rest)


def _flags(typing: Typing, named: tuple[str, Name] | None) -> pa.Array | None:
    """TCP flags as bits, of a number (decimal or 0x…) or of nfdump's letters (``...AP.SF``)."""
    if named is None:
        return None
    coded = pc.dictionary_encode(typing.cells[named[0]])
    bits = [_letters(value) for value in coded.dictionary.cast(pa.binary()).to_pylist()]
    letters = pa.array(bits, pa.int64()).take(coded.indices)
    nothing = pa.scalar(None, pa.string())
    numbers = pc.if_else(letters.is_valid(), nothing, typing.cells[named[0]])
    return pc.coalesce(letters, typing.other({named[0]: numbers}).count(named[0]))


def _letters(value: bytes) -> int | None:
    if not value or not set(value) <= set(b"CEUAPRSF."):
        return None
    return sum(
        bit for letter, bit in zip(b"FSRPAUEC", (1, 2, 4, 8, 16, 32, 64, 128), strict=True) if letter in value
    )


def _failed(protocol: pa.Array | None, flags: pa.Array | None) -> pa.Array | None:
    """TCP that has a SYN and never an ACK: whoever is answered sends one."""
    if protocol is None or flags is None:
        return None
    started = pc.not_equal(pc.bit_wise_and(flags, _SYN), 0)
    answered = pc.not_equal(pc.bit_wise_and(flags, _ACK), 0)
    return pc.and_(pc.equal(protocol, "tcp"), pc.and_(started, pc.invert(answered)))


def _attack(typing: Typing, named: tuple[str, Name] | None, malicious: pa.Array | None) -> pa.Array | None:
    """The attack's name, missing where the label says that there is none."""
    if named is None:
        return None
    names = typing.cells[named[0]]
    benign = pc.equal(pc.ascii_lower(pc.ascii_trim_whitespace(names)), "benign")
    if malicious is not None:
        benign = pc.or_kleene(benign, pc.invert(malicious))
    return pc.if_else(pc.fill_null(benign, False), pa.scalar(None, pa.string()), names)
