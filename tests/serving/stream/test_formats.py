"""Lines to columns: the same in pieces of any size, across a break, and what is no event is told."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from event_lines import event_lines
from small_events import EVENTS_SCHEMA

from garrison.errors import SchemaError, SourceError, UsageError
from garrison.serving.stream.formats import FORMATS, Decoded, open_format

EVENT = json.loads(event_lines(1)[0])
ZEEK = [
    b"#separator \\x09",
    b"#path\tconn",
    b"#fields\tts\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tconn_state",
    b"1700000000.5\t10.0.0.1\t40000\t10.0.0.2\t22\ttcp\tS0",
    b"1700000001.5\t10.0.0.1\t40000\t10.0.0.2\tx\ttcp\tSF",
    b"1700000002.5\t10.0.0.1",
    b"#close\t2026",
    b"#separator \\x09",
    b"#path\tconn",
    b"#fields\tts\tproto\tid.orig_h\tid.resp_h",
    b"1700000003.5\tudp\t10.0.0.1\t10.0.0.2",
]
ZEEK_JSON = [
    b'{"ts": 1700000000.5, "id.orig_h": "10.0.0.1", "id.resp_h": "10.0.0.2", "proto": "tcp", "conn_state": "S0"}',
    b'{"ts": 1700000000.5, "id.orig_h": "10.0.0.1", "id.resp_h": "10.0.0.2"}',
    b"broken",
]
CSV = [
    b"timestamp;src_ip;protocol;payload_len;service",
    b"2024-05-03 23:50:00;ip_1;tcp;10;http",
    b'2024-05-03 23:50:01;ip_1;tcp;;"a;b"',
    b"2024-05-03 23:50:02;ip_1;tcp",
    b"",
    b'2024-05-03 23:50:02;ip_1;tcp;10;"open',
    b"2024-05-03 23:50:02;ip_1;tcp;10;\xff",
    b"2024-05-03 23:50:03;ip_1;udp;11;\r",
]
JSONL = [
    json.dumps(EVENT).encode(),
    b"",
    json.dumps({**EVENT, "payload_len": 7.5}).encode(),
    json.dumps({**EVENT, "payload_len": "x"}).encode(),
    json.dumps({**EVENT, "payload_len": 2**60 + 1}).encode(),
    json.dumps({**EVENT, "dst_port": [1]}).encode(),
    json.dumps({**EVENT, "port": 1}).encode(),
    json.dumps({**EVENT, "past_10s_events": 1}).encode(),
    b'{"payload_len": 1, "payload_len": 2}',
    b"[1]",
    b"null",
    b"\xff",
    b'{"service": "\\ud800"}',
    b'{"duration": ' + b"[" * 100_000 + b"}",
    json.dumps(EVENT).encode(),
]
LINES = {"jsonl": JSONL, "csv": CSV, "zeek": ZEEK, "zeek json": ZEEK_JSON}
FAULTS = {
    "jsonl": {
        5: "dst_port: a nested value",
        6: "port: unexpected key",
        7: "past_10s_events: past behaviour, which a stream counts itself",
        8: "a key is there twice",
        9: "not a JSON object",
        10: "not a JSON object",
        11: "not valid UTF-8",
        12: "half a surrogate pair",
        13: "nested too deeply",
    },
    "csv": {
        3: "3 cells instead of 5",
        5: "not a row of CSV: unexpected end of data",
        6: "not valid UTF-8",
    },
    "zeek": {4: "id.resp_p: not an integer", 5: "2 fields instead of 7"},
    "zeek json": {1: "proto: missing", 2: "not JSON"},
}


def found(parts: list[tuple[int, Decoded]]) -> tuple[list[Any], dict[int, str], list[Any]]:
    """Places, faults and accepted rows of parts, each with the number of lines before it."""
    places = [place + before for before, part in parts for place in part.places.to_pylist()]
    faults = {fault.place + before: fault.reason for before, part in parts for fault in part.faults}
    rows: list[Any] = []
    for _, part in parts:
        valid = EVENTS_SCHEMA.validate(part.batch, with_label=False, rows=part.places)
        rows += valid.table.to_pylist() + valid.refused.select(["column", "reason"]).to_pylist()
    return places, faults, rows


@pytest.mark.parametrize("kind", LINES)
@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_pieces_of_any_size_and_breaks_give_the_same(kind: str, size: int) -> None:
    lines, name = LINES[kind], kind.split(maxsplit=1)[0]
    whole = open_format(name, EVENTS_SCHEMA, file="", where="here")
    whole.begin()
    expected = found([(0, whole.decode(lines))])
    assert expected[1] == FAULTS[kind]
    parts, state = [], None
    for start in range(0, len(lines), size):
        each = open_format(name, EVENTS_SCHEMA, file="", where="here")
        each.resume(json.loads(json.dumps(state))) if state is not None else each.begin()
        parts.append((start, each.decode(lines[start : start + size])))
        state = each.state()
    places, faults, rows = found(parts)
    assert (places, faults) == expected[:2]
    assert sorted(map(str, rows)) == sorted(map(str, expected[2]))
    assert len(places) + len(faults) > 0


def test_a_value_does_not_depend_on_what_stands_beside_it() -> None:
    decoded = open_format("jsonl", EVENTS_SCHEMA, file="", where="").decode(JSONL)
    valid = EVENTS_SCHEMA.validate(decoded.batch, with_label=False)
    assert valid.table.column("payload_len").to_pylist()[1] == 2**60 + 1
    assert valid.refused.column("reason").to_pylist() == ["not an integer"] * 2


def test_a_file_read_from_its_end_has_the_header_of_its_beginning() -> None:
    for name, lines in (("csv", CSV), ("zeek", ZEEK)):
        format = open_format(name, EVENTS_SCHEMA, file="", where="")
        format.prime(lines)
        assert (
            len(format.decode([line for line in lines if not line.startswith((b"#", b"time"))][:1]).places)
            == 1
        )


def test_another_header_begins_with_another_file() -> None:
    format = open_format("csv", EVENTS_SCHEMA, file="", where="")
    format.decode(CSV[:2])
    format.begin()
    decoded = format.decode([b"protocol,timestamp,src_ip,payload_len", b"udp,2024-05-03 23:50:00,ip_1,5"])
    assert decoded.batch.column("protocol").to_pylist() == ["udp"]


@pytest.mark.parametrize(
    ("name", "line", "error"),
    [
        ("csv", b"timestamp,src_ip,protocol", SchemaError),
        ("csv", b"timestamp,src_ip,protocol,payload_len,past_10s_events", SchemaError),
        ("zeek", b"1700000000.5\t10.0.0.1", SourceError),
    ],
)
def test_a_file_of_another_make_is_an_error(name: str, line: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        open_format(name, EVENTS_SCHEMA, file="", where="flows").decode([line, line])


def test_a_header_without_end_is_refused() -> None:
    with pytest.raises(SourceError, match="a header of over"):
        open_format("zeek", EVENTS_SCHEMA, file="", where="").decode([b"#" + b"x" * 1000] * 100)


def test_no_lines_are_no_events() -> None:
    for name in FORMATS:
        decoded = open_format(name, EVENTS_SCHEMA, file="", where="").decode([])
        assert decoded.places == pa.array([], pa.int64())
        assert EVENTS_SCHEMA.validate(decoded.batch, with_label=False).table.num_rows == 0


def test_the_format_is_told_by_the_name() -> None:
    for file, name in (("a.jsonl", "jsonl"), ("conn.log", "zeek"), ("A.CSV", "csv"), ("", "jsonl")):
        assert open_format(None, EVENTS_SCHEMA, file=file, where="").name == name
    for given, file in ((None, Path("a.parquet").name), ("parquet", "a.jsonl")):
        with pytest.raises(UsageError, match="--format"):
            open_format(given, EVENTS_SCHEMA, file=file, where="")
