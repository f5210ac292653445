import gzip
import json
import struct
from collections.abc import Sequence
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flow_events import PSEUDONYMS, event_schema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from packets import (
    ACK,
    PSH,
    RST,
    SYN,
    connection,
    ethernet,
    extension,
    icmp,
    ipv4,
    ipv6,
    ipv6_fragment,
    pcap,
    pcapng,
    tcp,
    udp,
)

from garrison.cli.main import run_command
from garrison.data.catalogue.places import data_folders
from garrison.data.ingest import ingest
from garrison.data.quarantine import Quarantine
from garrison.data.schema import Schema
from garrison.data.sources import Timeouts, capture, capture_flows, open_source
from garrison.data.stores import open_store
from garrison.errors import SourceError, UsageError

Frames = Sequence[tuple[float, bytes]]
Rows = list[dict[str, Any]]
NEVER = Timeouts(idle=None, active=None)
UDP = udp(5000, 53, b"q" * 30)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "some.pcap"


def read(
    path: Path, content: bytes, *, timeouts: Timeouts | None = None, schema: Schema | None = None
) -> tuple[Rows, list[tuple[int, str]]]:
    path.write_bytes(content)
    kept = path.with_suffix(".bad")
    source = open_source(path, pseudonyms=PSEUDONYMS, timeouts=timeouts, schema=schema)
    with Quarantine(kept) as quarantine:
        rows = [row for batch in source.read(quarantine) for row in batch.to_pylist()]
    bad = [json.loads(line) for line in kept.read_text().splitlines()] if kept.exists() else []
    return rows, [(each["row"], each["reason"]) for each in bad]


def flows(path: Path, frames: Frames, **how: Any) -> Rows:
    rows, refused = read(path, pcap(frames, **how))
    assert not refused
    return rows


def test_the_numbers_of_a_connection(path: Path) -> None:
    (row,) = flows(path, connection())
    sizes, there, back = [40, 40, 40, 140, 340, 40], [40, 40, 140, 40], [40, 340]
    assert row["timestamp"] == datetime(1970, 1, 1, 0, 16, 40, tzinfo=UTC)
    assert (row["src_ip"], row["dst_ip"]) == tuple(PSEUDONYMS.in_text(f"10.0.0.{n}") for n in (1, 2))
    assert (row["src_port"], row["dst_port"], row["protocol"]) == (40000, 80, "tcp")
    assert (row["packets"], row["src_packets"], row["dst_packets"]) == (6, 4, 2)
    assert (row["src_bytes"], row["dst_bytes"]) == (sum(there), sum(back))
    assert (row["payload_len"], row["src_payload"], row["dst_payload"]) == (400, 100, 300)
    assert (row["duration"], row["failed"]) == (2.0, False)
    gaps, gaps_there, gaps_back = [0.25, 0.25, 0.25, 0.75, 0.5], [0.5, 0.25, 1.25], [1.25]
    for name, values in (
        *(("size", sizes), ("src_size", there), ("dst_size", back)),
        *(("gap", gaps), ("src_gap", gaps_there), ("dst_gap", gaps_back)),
    ):
        assert row[f"{name}_mean"] == pytest.approx(np.mean(values))
        assert row[f"{name}_std"] == pytest.approx(np.std(values, ddof=1) if len(values) > 1 else 0.0)
        assert (row[f"{name}_min"], row[f"{name}_max"]) == (min(values), max(values))
    counts = {"fin": 1, "syn": 2, "rst": 0, "psh": 2, "ack": 5, "urg": 0, "ece": 0, "cwr": 0}
    assert {flag: row[f"{flag}_flags"] for flag in counts} == counts


@pytest.mark.parametrize(
    "content",
    [
        pcap(connection(), order=">"),
        pcap(connection(), nano=True),
        pcap(connection(), nano=True, order=">"),
        pcapng(connection()),
        pcapng(connection(), order=">"),
        pcapng(connection(), resolution=9),
        pcapng(connection()) + pcapng([], order=">"),
        gzip.compress(pcap(connection())),
        pcap(connection(), snaplen=54),
        pcap([(time, frame[14:]) for time, frame in connection()], link=101),
        pcap([(time, b"\2\0\0\0" + frame[14:]) for time, frame in connection()], link=0),
        pcap([(time, bytes(14) + frame[12:]) for time, frame in connection()], link=113),
        pcap([(time, frame[12:14] + bytes(18) + frame[14:]) for time, frame in connection()], link=276),
        pcap([(time, frame[:12] + b"\x81\0\0\5" + frame[12:]) for time, frame in connection()]),
        pcap([(time, frame[:12] + b"\x88\xa8\0\5\x81\0\0\6" + frame[12:]) for time, frame in connection()]),
    ],
    ids=(
        *(
            "big-endian",
            "nano",
            "big-endian-nano",
            "pcapng",
            "pcapng-big-endian",
            "pcapng-nano",
            "two-sections",
        ),
        *("gzip", "headers-only", "raw-ip", "loopback", "cooked", "cooked-2", "vlan", "qinq"),
    ),
)
def test_each_kind_of_file_gives_the_same(path: Path, content: bytes) -> None:
    assert read(path, content) == read(path, pcap(connection()))


def test_time_stamps_are_kept_to_the_microsecond(path: Path) -> None:
    frame = ethernet(ipv4("10.0.0.1", "10.0.0.2", 17, UDP))
    for content in (pcap([(1.000001, frame)]), pcapng([(1.000001, frame)], resolution=9)):
        ((row,), _) = read(path, content)
        assert row["timestamp"].microsecond == 1


def test_ipv6_and_its_extension_headers(path: Path) -> None:
    plain = ethernet(ipv6("2001:db8::1", "2001:db8::2", 17, UDP))
    extended = ethernet(
        ipv6("2001:db8::2", "2001:db8::1", 0, extension(60) + extension(17, words=2) + udp(53, 5000))
    )
    (row,) = flows(path, [(1, plain), (2, extended)])
    assert (row["src_packets"], row["dst_packets"], row["payload_len"]) == (1, 1, 30)
    assert row["src_ip"] == PSEUDONYMS.in_text("2001:db8::1")


def test_fragments_belong_to_their_packet(path: Path) -> None:
    whole = udp(5000, 53, b"z" * 3000)
    cuts = range(0, len(whole), 1480)
    four = [
        ipv4(
            "10.0.0.1", "10.0.0.2", 17, whole[at : at + 1480], ident=7, offset=at, more=at + 1480 < len(whole)
        )
        for at in cuts
    ]
    six = [
        ipv6(
            "fe80::1", "fe80::2", 44, ipv6_fragment(17, 7, offset=at, more=at < 2960) + whole[at : at + 1480]
        )
        for at in cuts
    ]
    for packets in (four, six):
        (row,) = flows(path, [(time, ethernet(packet)) for time, packet in enumerate(packets)])
        assert (row["packets"], row["payload_len"], row["dst_port"]) == (3, 3000, 53)


def test_a_fragment_without_its_first_has_no_known_ports(path: Path) -> None:
    packet = ipv4("10.0.0.1", "10.0.0.2", 17, b"z" * 80, offset=1480)
    (row,) = flows(path, [(1, ethernet(packet))])
    assert (row["dst_port"], row["payload_len"]) == (0, 80)


def test_other_protocols_have_names_and_no_ports(path: Path) -> None:
    packets = [
        ipv4("10.0.0.1", "10.0.0.2", 1, icmp(8, b"ping")),
        ipv6("fe80::1", "fe80::2", 58, icmp(128, b"ping")),
        ipv4("10.0.0.1", "10.0.0.2", 47, b"\0" * 12),
        ipv4("10.0.0.1", "10.0.0.2", 253, b"\0" * 12),
    ]
    rows = flows(path, [(time, ethernet(packet)) for time, packet in enumerate(packets)])
    assert [(row["protocol"], row["payload_len"], row["src_port"]) for row in rows] == [
        ("icmp", 4, None),
        ("icmp", 4, None),
        ("gre", 12, None),
        ("proto_253", 12, None),
    ]
    rows, refused = read(
        path,
        path.read_bytes(),
        schema=event_schema("timestamp", "src_ip", "protocol", "failed", "payload_len"),
    )
    assert list(rows[0]) == ["timestamp", "src_ip", "protocol", "failed", "payload_len"]
    assert refused == [(row, "protocol: not one of tcp, udp, icmp") for row in (3, 4)]


def test_no_payload_options_and_offloaded_lengths(path: Path) -> None:
    empty = ipv4("10.0.0.1", "10.0.0.2", 17, udp(1, 2))
    options = ipv4("10.0.0.1", "10.0.0.2", 6, tcp(1, 2, ACK, b"abc", options=b"\1" * 8), options=b"\1" * 4)
    offloaded = ipv4("10.0.0.1", "10.0.0.3", 6, tcp(1, 2, ACK, b"x" * 5000), total=0)
    rows = flows(path, [(1, ethernet(empty)), (2, ethernet(options)), (3, ethernet(offloaded))])
    assert [row["payload_len"] for row in rows] == [0, 3, 5000]


def scan(*flags_back: int) -> Frames:
    there = ethernet(ipv4("10.0.0.1", "10.0.0.2", 6, tcp(40000, 22, SYN)))
    back = [ethernet(ipv4("10.0.0.2", "10.0.0.1", 6, tcp(22, 40000, flags))) for flags in flags_back]
    return [(1, there), *((2 + at, frame) for at, frame in enumerate(back))]


@pytest.mark.parametrize(
    ("flags_back", "failed"),
    [((), True), ((RST | ACK,), True), ((SYN | ACK,), False), ((SYN | ACK, RST), False), ((ACK,), False)],
)
def test_a_syn_without_answer_or_with_a_reset_has_failed(
    path: Path, flags_back: tuple[int, ...], failed: bool
) -> None:
    (row,) = flows(path, scan(*flags_back))
    assert row["failed"] is failed


def test_who_answers_is_not_the_source(path: Path) -> None:
    (row,) = flows(path, connection()[1:])
    assert (row["src_port"], row["dst_port"], row["src_packets"]) == (40000, 80, 3)


def test_timeouts_end_flows(path: Path) -> None:
    frame = ethernet(ipv4("10.0.0.1", "10.0.0.2", 17, UDP))
    frames = [(float(time), frame) for time in (0, 100, 220, 341, 400)]
    content = pcap(frames)

    def packets(timeouts: Timeouts | None) -> list[int]:
        return [row["packets"] for row in read(path, content, timeouts=timeouts)[0]]

    assert packets(None) == [3, 2]
    assert packets(NEVER) == [5]
    assert packets(Timeouts(idle=99, active=None)) == [1, 1, 1, 2]
    assert packets(Timeouts(idle=None, active=150)) == [2, 2, 1]
    for wrong in (0, -1, float("nan"), float("inf")):
        with pytest.raises(UsageError):
            Timeouts(idle=wrong)


def test_a_packet_out_of_order_lengthens_nothing(path: Path) -> None:
    frame = ethernet(ipv4("10.0.0.1", "10.0.0.2", 17, UDP))
    (row,) = flows(path, [(5.0, frame), (4.0, frame), (7.0, frame)])
    assert (row["duration"], row["gap_min"], row["gap_max"]) == (2.0, 0.0, 3.0)


DAY = 86_400.0


@pytest.mark.parametrize("off", [2**20, -(2**20), 2**31, DAY + 2])
def test_a_damaged_time_stamp_splits_no_flow(path: Path, off: float) -> None:
    one, other = (ethernet(ipv4("10.0.0.1", to, 17, UDP)) for to in ("10.0.0.2", "10.0.0.3"))
    start = 2.0**30
    frames = [(0, one), (1, other), (2 + off, one), (3, one), (4, other)]
    rows, refused = read(path, pcap([(start + time, frame) for time, frame in frames]))
    assert [(row["packets"], row["duration"]) for row in rows] == [(2, 3.0), (2, 3.0)]
    ((number, reason),) = refused
    assert number == 3
    assert "days off those around it" in reason


@pytest.mark.parametrize(
    "times",
    [
        [0.0, 1.0, 2 * DAY, 2 * DAY + 1],
        [2 * DAY, 2 * DAY + 1, 0.0, 1.0],
        [0.0, 2 * DAY, 4 * DAY],
        [0.0, DAY / 2, 1.0],
        [0.0, 5 * DAY],
        [5 * DAY],
        [],
    ],
)
def test_gaps_and_captures_put_together_are_believed(path: Path, times: list[float]) -> None:
    frame = ethernet(ipv4("10.0.0.1", "10.0.0.2", 17, UDP))
    assert sum(row["packets"] for row in flows(path, [(time, frame) for time in times])) == len(times)


@pytest.mark.parametrize(("cut", "kind"), [(20, "data"), (60 + 5, "head")])
def test_of_a_cut_capture_the_whole_packets_are_kept(path: Path, cut: int, kind: str) -> None:
    rows, refused = read(path, pcap(connection())[:-cut])
    assert [row["packets"] for row in rows] == [5]
    assert refused == [
        (6, "packet: cut off: 40 of its 60 bytes are there")
        if kind == "data"
        else (6, "packet: cut off: 11 of the 16 bytes of its head are there")
    ]
    rows, refused = read(path, pcapng(connection())[:-20])
    assert [row["packets"] for row in rows] == [5]
    assert [row for row, _ in refused] == [6]
    with pytest.raises(SourceError, match="row 6 is refused: packet: cut off"):
        list(open_source(path, pseudonyms=PSEUDONYMS).read())


def test_damaged_packets_are_refused_one_by_one(path: Path) -> None:
    good = ethernet(ipv4("10.0.0.1", "10.0.0.2", 17, UDP))
    frames = [
        (1, good),
        (2, ethernet(ipv4("10.0.0.1", "10.0.0.2", 6, b"abc"))),
        (3, ethernet(b"\x43" + good[15:])),
        (4, ethernet(b"\x95" + good[15:])),
        (5, good[:20]),
        (6, ethernet(b"\0" * 28, kind=0x0806)),
        (7, b""),
        (8, good),
    ]
    path.write_bytes(pcap(frames))
    source = open_source(path, pseudonyms=PSEUDONYMS)
    with Quarantine(path.with_suffix(".bad")) as quarantine:
        (batch,) = source.read(quarantine)
    assert batch.column("packets").to_pylist() == [2]
    assert dict(quarantine.reasons) == {
        "packet: cut off before its ports": 1,
        "packet: its IP header is damaged or cut off": 3,
    }
    assert dict(source.left_out) == {"packets of another protocol than IP": 2}


def test_pcapng_without_times_or_interface(path: Path) -> None:
    rows, refused = read(path, pcapng(connection()[:1], simple=True))
    assert (rows, refused) == ([], [(1, "packet: it has no time stamp (a simple packet block)")])
    content = pcapng(connection())
    content = content.replace(struct.pack("<IIH", 1, 32, 1), struct.pack("<IIH", 5, 32, 1))
    rows, refused = read(path, content)
    assert not rows
    assert {reason for _, reason in refused} == {
        "packet: damaged: it is of an interface that is not described"
    }


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "the file is empty"),
        (b"hello world", "no packet capture"),
        (b"\x0a\x0d\x0d\x0a\0\0\0\0hello", "no packet capture"),
        (pcap([])[:10], "ends in its header"),
        (pcap([], link=105), "link type 105"),
    ],
)
def test_what_is_no_capture(path: Path, content: bytes, what: str) -> None:
    path.write_bytes(content)
    with pytest.raises(SourceError, match=what):
        open_source(path)


def test_a_capture_without_packets_has_the_columns(path: Path) -> None:
    path.write_bytes(pcap([]))
    (batch,) = open_source(path, pseudonyms=PSEUDONYMS).read()
    assert batch.num_rows == 0
    assert "gap_std" in batch.schema.names


HOSTS = ("10.0.0.1", "10.0.0.2", "10.0.0.3")
PACKETS = st.lists(
    st.tuples(
        st.integers(0, 400),
        st.sampled_from(HOSTS),
        st.sampled_from(HOSTS),
        st.sampled_from([1000, 2000]),
        st.sampled_from([1000, 2000]),
        st.sampled_from([SYN, SYN | ACK, ACK, RST, PSH | ACK]),
        st.integers(0, 30),
    ),
    max_size=40,
)


def reference(packets: list[Any]) -> list[dict[str, Any]]:
    """The flows one packet at a time, as plainly as it can be said; timeouts of 100 and 250 seconds."""
    done: list[dict[str, Any]] = []
    open_: dict[frozenset[tuple[str, int]], dict[str, Any]] = {}
    for time, src, dst, sport, dport, flags, length in packets:
        ends = frozenset([(src, sport), (dst, dport)])
        flow = open_.get(ends)
        if flow is None or time - flow["last"] > 100 or time - flow["first"] > 250:
            answer = flags == SYN | ACK and (src, sport) != (dst, dport)
            source = (dst, dport) if answer else (src, sport)
            flow = {"source": source, "first": time, "last": time, "there": [], "back": [], "times": []}
            open_[ends] = flow
            done.append(flow)
        way = "there" if (src, sport) == flow["source"] else "back"
        flow[way].append((time, 40 + length, length, flags))
        flow["times"].append(time)
        flow["last"] = max(flow["last"], time)
    return done


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(PACKETS, st.booleans(), st.sampled_from([(1, 1), (3, 2), (16_384, 65_536)]))
def test_flows_are_as_one_packet_at_a_time_would_give(
    path: Path, monkeypatch: pytest.MonkeyPatch, packets: list[Any], in_order: bool, sizes: tuple[int, int]
) -> None:
    monkeypatch.setattr(capture, "BLOCK", sizes[0])
    monkeypatch.setattr(capture_flows, "SWEEP", sizes[1] if in_order else 65_536)
    if in_order:
        packets = sorted(packets)
    frames = [
        (time, ethernet(ipv4(src, dst, 6, tcp(sport, dport, flags, b"x" * length))))
        for time, src, dst, sport, dport, flags, length in packets
    ]
    rows, refused = read(path, pcap(frames), timeouts=Timeouts(idle=100, active=250))
    assert not refused

    def key(row: dict[str, Any]) -> list[Any]:
        return sorted((name, repr(value)) for name, value in row.items())

    wanted = []
    for flow in reference(packets):
        both = flow["there"] + flow["back"]
        gaps = np.maximum(np.diff(flow["times"]), 0)
        wanted.append(
            {
                "timestamp": flow["first"],
                "src_port": flow["source"][1],
                "duration": float(flow["last"] - flow["first"]),
                "src_packets": len(flow["there"]),
                "dst_packets": len(flow["back"]),
                "src_payload": sum(each[2] for each in flow["there"]),
                "dst_bytes": sum(each[1] for each in flow["back"]),
                "syn_flags": sum(bool(each[3] & SYN) for each in both),
                "size_std": round(float(np.std([each[1] for each in both], ddof=1)), 6)
                if len(both) > 1
                else 0.0,
                "gap_std": round(float(np.std(gaps, ddof=1)), 6)
                if len(gaps) > 1
                else 0.0
                if len(gaps)
                else None,
                "failed": any(each[3] == SYN for each in flow["there"])
                and not any(not each[3] & RST for each in flow["back"]),
            }
        )
    found = [
        {name: row[name] for name in wanted[0]}
        | {"timestamp": int(row["timestamp"].timestamp()), "size_std": round(row["size_std"], 6)}
        | {"gap_std": row["gap_std"] and round(row["gap_std"], 6)}
        for row in rows
    ]
    assert sorted(found, key=key) == sorted(wanted, key=key)


def test_no_file_that_is_made_holds_an_address(path: Path, tmp_path: Path) -> None:
    path.write_bytes(pcap(connection("10.20.30.41", "10.20.30.42"))[:-20])
    out = tmp_path / "out"
    with open_store(f"duckdb:///{out}/events.duckdb") as store, Quarantine(out / "refused.jsonl") as refused:
        loaded = ingest(open_source(path, pseudonyms=PSEUDONYMS), store, "flows", quarantine=refused)
    assert (loaded.inserted, loaded.refused) == (1, 1)
    for file in out.rglob("*"):
        content = file.read_bytes() if file.is_file() else b""
        for raw in (b"10.20.30.", ip_address("10.20.30.41").packed, ip_address("10.20.30.42").packed):
            assert raw not in content


def test_a_capture_is_ingested_by_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GARRISON_PSEUDONYM_KEY", raising=False)
    monkeypatch.delenv("GARRISON_PSEUDONYM_KEY_FILE", raising=False)
    Path("some.pcap").write_bytes(
        pcap([*connection(), (5000.0, ethernet(b"\0" * 28, kind=0x0806)), *connection()])
    )
    command = ["ingest", "some.pcap", "--into", "duckdb:///events.duckdb", "--collection", "flows"]
    assert run_command(command) == 0
    told = capsys.readouterr().out
    assert "keys/pseudonyms.key" in told
    assert "made now" in told
    assert "packets of another protocol than IP: 1" in told
    assert run_command([*command, "--idle-timeout", "0", "--active-timeout", "0"]) == 0
    assert "made now" not in capsys.readouterr().out
    features = str(Path(__file__).parents[2] / "configs" / "threats" / "features.json")
    assert run_command([*command[:-1], "events", "--features", features]) == 6
    assert "--no-label" in capsys.readouterr().err
    assert run_command([*command[:-1], "events", "--features", features, "--no-label"]) == 0
    Path("keys/pseudonyms.key").chmod(0o644)
    assert run_command(command) == 2
    assert "read by others" in capsys.readouterr().err


def captures() -> dict[Path, tuple[int, int]]:
    """The real captures on this machine, with their flows and packets by the manifest."""
    for folder in data_folders():
        manifest = folder / "MANIFEST.json"
        if manifest.is_file() and (folder / "pcap").is_dir():
            files = json.loads(manifest.read_text())["files"]
            return {
                folder / each["file"]: (each["measured"]["bidirectional_5tuple_flows"], each["rows"])
                for each in files
                if each["file"].startswith("pcap/")
            }
    return {}


@pytest.mark.skipif(not captures(), reason="the captures are not on this machine")
@pytest.mark.parametrize(("file", "counts"), captures().items(), ids=lambda value: getattr(value, "name", ""))
def test_real_captures_have_the_flows_that_were_counted(file: Path, counts: tuple[int, int]) -> None:
    source = open_source(file, pseudonyms=PSEUDONYMS, timeouts=NEVER)
    rows = [row for batch in source.read() for row in batch.to_pylist()]
    packets = sum(row["packets"] for row in rows) + sum(source.left_out.values())
    assert (len(rows), packets) == counts


def test_flows_that_have_ended_are_not_held(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capture, "BLOCK", 50)
    monkeypatch.setattr(capture_flows, "SWEEP", 100)
    held: list[int] = []
    add = capture_flows.FlowTable.add

    def watched(self: capture_flows.FlowTable, packets: Any) -> None:
        add(self, packets)
        held.append(len(self))

    monkeypatch.setattr(capture_flows.FlowTable, "add", watched)
    frames = [
        (float(time), ethernet(ipv4("10.0.0.1", "10.0.0.2", 17, udp(1024 + time, 53))))
        for time in range(3000)
    ]
    assert len(flows(path, frames)) == 3000
    assert max(held) <= 2 * 121 + 50
    assert len(read(path, pcap(frames), timeouts=NEVER)[0]) == 3000
    assert max(held) == 3000
