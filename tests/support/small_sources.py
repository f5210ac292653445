"""A small whole file of every kind that is read as events, byte by byte what the programs that make them write."""

import gzip
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import zstandard
from packets import connection, ethernet, extension, icmp, ipv4, ipv6, ipv6_fragment, pcap, pcapng, udp

from garrison.data.schema import Schema

SITES = Schema.from_dict(
    {
        "name": "sites",
        "columns": [
            {"name": "port", "type": "integer", "minimum": 0, "maximum": 65535},
            {"name": "rate", "type": "number", "nullable": True},
            {"name": "host", "type": "string", "nullable": True},
            {"name": "open", "type": "boolean", "nullable": True},
            {"name": "seen", "type": "timestamp", "nullable": True},
            {"name": "peer", "type": "string", "nullable": True, "role": "context", "pseudonym": True},
        ],
    }
)
ROWS: list[dict[str, Any]] = [
    {
        "port": 443 + place,
        "rate": place / 3,
        "host": ["a.example", 'quo"ted', "città, with\nbreak", None][place % 4],
        "open": [True, False, None][place % 3],
        "seen": datetime(2026, 1, 2, 3, 4, place % 60, 500_000, tzinfo=UTC),
        "peer": f"192.0.2.{place}",
    }
    for place in range(12)
]


def _csv(delimiter: str, newline: str) -> bytes:
    def cell(value: Any) -> str:
        text = "" if value is None else value.isoformat() if isinstance(value, datetime) else str(value)
        return '"' + text.replace('"', '""') + '"' if any(each in text for each in '",;\n') else text

    lines = [delimiter.join(SITES.names), *(delimiter.join(map(cell, row.values())) for row in ROWS)]
    return (newline.join(lines) + newline).encode()


def _json_lines() -> bytes:
    return b"".join(json.dumps(row, default=datetime.isoformat).encode() + b"\n" for row in ROWS)


def _parquet(**how: Any) -> bytes:
    buffer = io.BytesIO()
    pa.parquet.write_table(pa.Table.from_pylist(ROWS, schema=SITES.arrow_schema()), buffer, **how)
    return buffer.getvalue()


ZEEK_FIELDS = (
    *("ts", "uid", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "proto", "service", "duration"),
    *("orig_bytes", "resp_bytes", "conn_state", "local_orig", "missed_bytes", "history"),
    *("orig_pkts", "orig_ip_bytes", "resp_pkts", "resp_ip_bytes", "tunnel_parents"),
)
_HTTP = (
    *(
        "1300475167.096535",
        "CXWv6p3arKYeMETxOg",
        "192.0.2.7",
        "5353",
        "198.51.100.3",
        "80",
        "tcp",
        "http",
        "0.5",
    ),
    *("100", "900", "SF", "T", "0", "ShADadfF", "5", "360", "4", "1100", "(empty)"),
)
_DNS = (
    *("1300475168.2", "CXWv6p3arKYeMETx\\x09", "2001:db8::1", "53", "2001:db8::2", "53", "udp", "-", "-"),
    *("-", "-", "S0", "F", "0", "-", "1", "73", "0", "0", "(empty)"),
)


def _zeek() -> bytes:
    head = [
        "#separator \\x09",
        "#set_separator\t,",
        "#empty_field\t(empty)",
        "#unset_field\t-",
        "#path\tconn",
    ]
    head += ["#fields\t" + "\t".join(ZEEK_FIELDS), "#types\t" + "\t".join(["string"] * len(ZEEK_FIELDS))]
    rows = ["\t".join(_HTTP), "\t".join(_DNS)]
    return "\n".join([*head, *rows, "#close\tx", *head, *rows, ""]).encode()


_NUMBERS = ("ts", "id.orig_p", "id.resp_p", "duration", "orig_bytes", "resp_bytes", "orig_pkts", "resp_pkts")


def _zeek_json() -> bytes:
    lines = []
    for row in (_HTTP, _DNS):
        record = {name: value for name, value in zip(ZEEK_FIELDS, row, strict=True) if value != "-"}
        facts = {name: json.loads(value) if name in _NUMBERS else value for name, value in record.items()}
        lines.append(
            json.dumps(facts | {"local_orig": True, "tunnel_parents": ["x"], "more": {"a": 1}}) + "\n"
        )
    return "".join(lines).encode()


_NETFLOW = {
    "nfdump 1.6": (
        "ts,te,td,sa,da,sp,dp,pr,flg,fwd,stos,ipkt,ibyt,opkt,obyt,in,out",
        "2024-06-28 23:17:41,2024-06-28 23:17:44,3.000,192.0.2.1,192.0.2.2,443,10693,TCP,...AP.SF,0,0,9,1000,0,0,1,2",
        "2024-06-28 23:17:41,2024-06-28 23:17:44,0.0,2001:db8::1,::2,0,8.0,ICMP6,........,0,0,1,84,0,0,1,2",
        "Summary",
        "flows,bytes,packets,avg_bps,avg_pps,avg_bpp",
        "2,1084,10,0,0,108",
    ),
    "nfdump 1.7": (
        "firstSeen,duration,proto,srcAddr,srcPort,dstAddr,dstPort,packets,bytes,flows",
        "2025-06-27 19:30:00.250,00:01:02.500,UDP,192.0.2.1,53,192.0.2.2,4000,2,100,1",
        "2025-06-27 19:30:00.250,1d 00:00:01.000,GRE,192.0.2.1,0,192.0.2.2,0,2,100,1",
    ),
    "nProbe": (
        "IPV4_SRC_ADDR,L4_SRC_PORT,IPV4_DST_ADDR,L4_DST_PORT,PROTOCOL,L7_PROTO,IN_BYTES,OUT_BYTES,IN_PKTS,OUT_PKTS,"
        "TCP_FLAGS,FLOW_DURATION_MILLISECONDS,Label,Attack",
        "192.0.2.1,33661,192.0.2.2,80,6,7.0,3672,65000,20,60,27,1500,0,Benign",
        "192.0.2.3,1000,192.0.2.2,81,6,0.0,44,0,1,0,2,0,1,Reconnaissance",
    ),
    "IPFIX": (
        "flowStartMilliseconds,flowEndMilliseconds,sourceIPv4Address,sourceIPv6Address,destinationIPv4Address,"
        "destinationIPv6Address,sourceTransportPort,destinationTransportPort,protocolIdentifier,octetTotalCount,"
        "packetTotalCount,reverseOctetTotalCount,reversePacketTotalCount,tcpControlBits",
        "1660934932096,1660934933096,192.0.2.1,,192.0.2.2,,1,2,17,128,1,0,0,0x00",
        "1660934932096,1660934932096,0.0.0.0,2001:db8::1,0.0.0.0,2001:db8::2,1,2,6,200,2,120,2,0x12",
    ),
}


def _frames() -> list[tuple[float, bytes]]:
    whole = udp(5000, 53, b"z" * 200)
    six = ipv6("2001:db8::1", "2001:db8::2", 0, extension(17) + udp(1, 2, b"q"))
    part = ipv6("2001:db8::1", "2001:db8::2", 44, ipv6_fragment(17, 7, offset=0, more=True) + whole[:104])
    ping = ipv4("192.0.2.1", "192.0.2.2", 1, icmp(8, b"ping"))
    return [*connection(), *((1003.0 + at, ethernet(each)) for at, each in enumerate((six, part, ping)))]


PACKED: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    ".gz": lambda content: gzip.compress(content, mtime=0),
    ".zst": zstandard.ZstdCompressor().compress,
}

Whole = tuple[str, str, bytes]
"""A file's ending, the format it is read as, and its content."""

PLAIN: dict[str, Whole] = {
    "CSV": (".csv", "csv", _csv(",", "\n")),
    "CSV of another hand": (".csv", "csv", _csv(";", "\r\n").decode().encode("utf-16")),
    "JSON lines": (".jsonl", "jsonl", _json_lines()),
    "Parquet": (".parquet", "parquet", _parquet()),
    "Parquet with dictionaries": (".parquet", "parquet", _parquet(compression="zstd", row_group_size=5)),
    "plain Parquet": (".parquet", "parquet", _parquet(compression="none", use_dictionary=False)),
    "Zeek": (".log", "zeek", _zeek()),
    "Zeek as JSON": (".log", "zeek", _zeek_json()),
    **{name: (".csv", "netflow", "\n".join((*lines, "")).encode()) for name, lines in _NETFLOW.items()},
    "pcap": (".pcap", "pcap", pcap(_frames())),
    "pcap of nanoseconds, big-endian": (".pcap", "pcap", pcap(_frames(), nano=True, order=">")),
    "pcapng": (".pcapng", "pcap", pcapng(_frames())),
}
FILES: dict[str, Whole] = {
    name + ending: (kind + ending, read_as, pack(content))
    for name, (kind, read_as, content) in PLAIN.items()
    for ending, pack in PACKED.items()
    if not ending or name in ("CSV", "JSON lines", "Parquet", "Zeek", "pcap")
}
