import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flow_events import PSEUDONYMS, event_schema

from garrison.data.quarantine import Quarantine
from garrison.data.schema import Schema
from garrison.data.sources import open_source
from garrison.data.sources.protocols import protocol_name
from garrison.errors import SchemaError, SourceError

OLD = "ts,te,td,sa,da,sp,dp,pr,flg,fwd,stos,ipkt,ibyt,opkt,obyt,in,out"
NEW = "firstSeen,duration,proto,srcAddr,srcPort,dstAddr,dstPort,packets,bytes,flows"
NPROBE = (
    "IPV4_SRC_ADDR,L4_SRC_PORT,IPV4_DST_ADDR,L4_DST_PORT,PROTOCOL,L7_PROTO,IN_BYTES,OUT_BYTES,IN_PKTS,OUT_PKTS,"
    "TCP_FLAGS,FLOW_DURATION_MILLISECONDS,Label,Attack"
)
IPFIX = (
    "flowStartMilliseconds,flowEndMilliseconds,sourceIPv4Address,sourceIPv6Address,destinationIPv4Address,"
    "destinationIPv6Address,sourceTransportPort,destinationTransportPort,protocolIdentifier,octetTotalCount,"
    "packetTotalCount,reverseOctetTotalCount,reversePacketTotalCount,tcpControlBits"
)
SUMMARY = "Summary\nflows,bytes,packets,avg_bps,avg_pps,avg_bpp\n2,1120,10,0,0,112\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "flows.csv"


def read(
    path: Path, *lines: str, schema: Schema | None = None
) -> tuple[list[dict[str, Any]], dict[int, str]]:
    path.write_text("\n".join(lines) + "\n")
    kept = path.with_suffix(".bad")
    source = open_source(path, format="netflow", schema=schema, pseudonyms=PSEUDONYMS)
    with Quarantine(kept) as quarantine:
        rows = [row for batch in source.read(quarantine) for row in batch.to_pylist()]
    bad = [json.loads(line) for line in kept.read_text().splitlines()] if kept.exists() else []
    return rows, {each["row"]: each["reason"] for each in bad}


def test_old_nfdump(path: Path) -> None:
    rows, refused = read(
        path,
        OLD,
        "2024-06-28 23:17:41,2024-06-28 23:17:44,3.000,10.0.0.1,10.0.0.2,443,10693,TCP,...AP.SF,0,0,9,1000,0,0,1,2",
        "2024-06-28 23:17:41,2024-06-28 23:17:44,0.000,10.0.0.1,10.0.0.2,0,8.0,ICMP,........,0,0,1,84,0,0,1,2",
        SUMMARY,
    )
    assert not refused
    assert rows[0] == {
        **{
            "timestamp": datetime(2024, 6, 28, 23, 17, 41, tzinfo=UTC),
            "src_ip": PSEUDONYMS.in_text("10.0.0.1"),
        },
        **{"dst_ip": PSEUDONYMS.in_text("10.0.0.2"), "src_port": 443, "dst_port": 10693, "protocol": "tcp"},
        **{"payload_len": 1000 - 9 * 40, "duration": 3.0, "packets": 9, "failed": False, "src_packets": 9},
        **{"dst_packets": 0, "src_bytes": 1000, "dst_bytes": 0, "src_payload": 640, "dst_payload": 0},
        "tcp_flags": 1 + 2 + 8 + 16,
    }
    assert [(row["protocol"], row["dst_port"], row["payload_len"]) for row in rows[1:]] == [
        ("icmp", None, 56)
    ]


def test_new_nfdump(path: Path) -> None:
    rows, refused = read(
        path,
        NEW,
        "2025-06-27 19:30:00.250,00:01:02.500,UDP,10.0.0.1,53,10.0.0.2,4000,2,100,1",
        "2025-06-27 19:30:00.250,1d 00:00:01.000,GRE,10.0.0.1,0,10.0.0.2,0,2,100,1",
        "2025-06-27 19:30:00.250,0.5,UDP,2001:db8::1,53,2001:db8::2,4000,1,100,1",
        "2025-06-27 19:30:00.250,a while,UDP,10.0.0.1,53,10.0.0.2,4000,1,100,1",
    )
    assert [row["duration"] for row in rows] == [62.5, 86401.0, 0.5]
    assert [row["payload_len"] for row in rows] == [44, 60, 52]
    assert [row["protocol"] for row in rows] == ["udp", "gre", "udp"]
    assert [row["dst_port"] for row in rows] == [4000, None, 4000]
    assert rows[0]["timestamp"] == datetime(2025, 6, 27, 19, 30, 0, 250000, tzinfo=UTC)
    assert refused == {4: "duration: not a number"}


def test_an_nfdump_without_flows(path: Path) -> None:
    path.write_text(NEW + "\nNo matched flows\n")
    source = open_source(path, format="netflow", pseudonyms=PSEUDONYMS)
    assert [batch.num_rows for batch in source.read()] == [0]
    assert dict(source.left_out) == {"lines of nfdump's summary": 1}


def test_the_names_of_the_nf_data_sets(path: Path) -> None:
    rows, refused = read(
        path,
        NPROBE,
        "59.166.0.1,33661,149.171.126.2,80,6,7.0,3672,65000,20,60,27,1500,0,Benign",
        "175.45.176.0,1000,149.171.126.10,81,6,0.0,44,0,1,0,2,0,1,Reconnaissance",
        "175.45.176.0,1000,149.171.126.10,81,58,0.0,44,0,1,0,0,0,1,DoS",
        "175.45.176.0,1000,149.171.126.10,81,253,0.0,44,0,1,0,0,0,2,DoS",
    )
    assert "timestamp" not in rows[0]
    wanted = ("protocol", "payload_len", "duration", "packets", "failed", "is_malicious", "attack_type")
    assert [tuple(row[name] for name in wanted) for row in rows] == [
        ("tcp", 3672 - 800 + 65000 - 2400, 1.5, 80, False, False, None),
        ("tcp", 4, 0.0, 1, True, True, "Reconnaissance"),
        ("icmp", 16, 0.0, 1, False, True, "DoS"),
    ]
    assert refused == {4: "Label: not true or false"}


def test_ipfix_names_and_either_family_of_addresses(path: Path) -> None:
    rows, _ = read(
        path,
        IPFIX,
        "1660934932096,1660934933096,10.0.0.1,,10.0.0.2,,1,2,17,128,1,0,0,0x00",
        "1660934932096,1660934932096,0.0.0.0,2001:db8::1,0.0.0.0,2001:db8::2,1,2,6,200,2,120,2,0x12",
    )
    assert [row["src_ip"] for row in rows] == [PSEUDONYMS.in_text(a) for a in ("10.0.0.1", "2001:db8::1")]
    assert [row["payload_len"] for row in rows] == [100, 80]
    assert [row["duration"] for row in rows] == [1.0, 0.0]
    assert rows[0]["timestamp"] == datetime(2022, 8, 19, 18, 48, 52, 96000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("flags", "failed"),
    [
        ("2", True),
        ("18", False),
        ("6", True),
        ("0", False),
        ("0x02", True),
        ("......S.", True),
        ("...A.RS.", False),
    ],
)
def test_tcp_that_never_acknowledged_has_failed(path: Path, flags: str, failed: bool) -> None:
    (row,), _ = read(path, "sa,pr,flg", f"10.0.0.1,6,{flags}")
    assert row["failed"] is failed
    (row,), _ = read(path, "sa,pr,flg", f"10.0.0.1,17,{flags}")
    assert row["failed"] is False


def test_bad_rows_are_refused_one_by_one_and_hold_no_address(path: Path) -> None:
    rows, refused = read(
        path,
        NEW,
        "2025-06-27 19:30:00,1,UDP,10.0.0.1,53,10.0.0.2,4000,2,100,1",
        "2025-06-27 19:30:00,1,UDP,10.0.0.1,53,10.0.0.2,4000,2,100",
        "2025-06-27 19:30:00,1,UDP,10.0.0.1,53,10.0.0.2,4000,-2,100,1",
        "2025-06-27 19:30:00,1,UDP,10.0.0.1,53,10.0.0.2,4000,2.5,100,1",
        "soon,1,UDP,10.0.0.1,53,10.0.0.2,4000,2,100,1",
        "2025-06-27 19:30:00,1,IGMP,10.0.0.1,53,10.0.0.2,4000,2,100,1",
        schema=event_schema("timestamp", "src_ip", "protocol", "payload_len", "packets"),
    )
    assert len(rows) == 1
    assert refused == {
        2: "9 cells instead of 10",
        3: "packets: negative",
        4: "packets: not an integer",
        5: "firstSeen: not a time",
        6: "protocol: not one of tcp, udp, icmp",
    }
    assert "10.0.0." not in path.with_suffix(".bad").read_text()


def test_a_file_of_something_else(path: Path) -> None:
    with pytest.raises(SchemaError, match="no column names the source"):
        read(path, "a,b", "1,2")
    with pytest.raises(SchemaError, match="missing columns: 'timestamp'"):
        read(path, "sa,pr", "10.0.0.1,6", schema=event_schema("timestamp", "src_ip"))
    with pytest.raises(SourceError, match="no choice of an encoding"):
        open_source(path.with_suffix(".pcap"), encoding="utf-8")


def test_protocols_have_one_spelling() -> None:
    assert [protocol_name(number) for number in (1, 6, 17, 47, 58, 132, 200)] == [
        *("icmp", "tcp", "udp", "gre", "icmp", "sctp", "proto_200"),
    ]


def test_a_flow_of_centuries_has_its_duration(path: Path) -> None:
    rows, refused = read(
        path,
        IPFIX,
        "1,200000000000000,192.0.2.1,,192.0.2.2,,1,2,17,128,1,0,0,0x00",
    )
    assert not refused
    assert rows[0]["duration"] == pytest.approx(2e11)


def test_counts_that_no_flow_has_are_refused(path: Path) -> None:
    rows, refused = read(
        path,
        NEW,
        f"2025-06-27 19:30:00.250,0.5,UDP,192.0.2.1,53,192.0.2.2,4000,2,{2**63 - 1},1",
        f"2025-06-27 19:30:00.250,0.5,UDP,192.0.2.1,53,192.0.2.2,4000,2,{2**53},1",
    )
    assert refused == {1: "bytes: more than 9,007,199,254,740,992"}
    assert [row["src_bytes"] for row in rows] == [2**53]
