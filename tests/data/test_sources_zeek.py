import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flow_events import PSEUDONYMS, event_schema

from garrison.data.quarantine import Quarantine
from garrison.data.schema import Schema
from garrison.data.sources import open_source
from garrison.errors import SourceError

FIELDS = (
    *("ts", "uid", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "proto", "service", "duration"),
    *("orig_bytes", "resp_bytes", "conn_state", "local_orig", "missed_bytes", "history"),
    *("orig_pkts", "orig_ip_bytes", "resp_pkts", "resp_ip_bytes", "tunnel_parents"),
)
HTTP = {
    **{"ts": "1300475167.096535", "uid": "CXWv6p3arKYeMETxOg", "id.orig_h": "141.142.220.202"},
    **{"id.orig_p": "5353", "id.resp_h": "224.0.0.251", "id.resp_p": "80", "proto": "tcp", "service": "http"},
    **{"duration": "0.5", "orig_bytes": "100", "resp_bytes": "900", "conn_state": "SF", "local_orig": "T"},
    **{"missed_bytes": "0", "history": "ShADadfF", "orig_pkts": "5", "orig_ip_bytes": "360"},
    **{"resp_pkts": "4", "resp_ip_bytes": "1100", "tunnel_parents": "(empty)"},
}
UNSET = dict.fromkeys(("service", "duration", "orig_bytes", "resp_bytes", "history"), "-")
SCAN = HTTP | UNSET | {"conn_state": "S0", "orig_pkts": "1", "orig_ip_bytes": "60", "resp_pkts": "0"}
DNS = HTTP | UNSET | {"proto": "udp", "conn_state": "S0", "orig_pkts": "1", "orig_ip_bytes": "73"}
PING = HTTP | {"proto": "icmp", "id.orig_p": "8", "id.resp_p": "0", "conn_state": "OTH"}


def header(*fields: str, path: str = "conn") -> str:
    names = fields or FIELDS
    lines = ["#separator \\x09", "#set_separator\t,", "#empty_field\t(empty)", "#unset_field\t-"]
    lines += [f"#path\t{path}", "#open\t2026-01-01-00-00-00", "\t".join(("#fields", *names))]
    return "\n".join([*lines, "\t".join(("#types", *["string"] * len(names)))]) + "\n"


def line(record: dict[str, str], *, without: tuple[str, ...] = ()) -> str:
    return "\t".join(record[name] for name in FIELDS if name not in without) + "\n"


def read(path: Path, schema: Schema | None = None) -> tuple[list[dict[str, Any]], dict[int, str]]:
    kept = path.with_suffix(".bad")
    source = open_source(path, schema=schema, pseudonyms=PSEUDONYMS)
    with Quarantine(kept) as quarantine:
        rows = [row for batch in source.read(quarantine) for row in batch.to_pylist()]
    bad = [json.loads(line) for line in kept.read_text().splitlines()] if kept.exists() else []
    return rows, {each["row"]: each["reason"] for each in bad}


def name_of(address: str) -> str:
    return PSEUDONYMS.in_text(address)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "conn.log"


def test_a_connection_is_read(log: Path) -> None:
    log.write_text(header() + line(HTTP) + "#close\t2026-01-01-01-00-00\n")
    ((row,), refused) = read(log)
    assert not refused
    assert row == {
        **{"timestamp": datetime(2011, 3, 18, 19, 6, 7, 96535, tzinfo=UTC), "protocol": "tcp"},
        **{"src_ip": name_of("141.142.220.202"), "dst_ip": name_of("224.0.0.251")},
        **{"src_port": 5353, "dst_port": 80, "payload_len": 1000, "duration": 0.5, "packets": 9},
        **{"failed": False, "service": "http", "src_packets": 5, "dst_packets": 4, "src_bytes": 360},
        **{"dst_bytes": 1100, "src_payload": 100, "dst_payload": 900, "uid": "CXWv6p3arKYeMETxOg"},
        **{
            "conn_state": "SF",
            "history": "ShADadfF",
            "local_orig": True,
            "local_resp": None,
            "missed_bytes": 0,
        },
    }


@pytest.mark.parametrize(
    "state", ["S0", "REJ", "RSTOS0", "RSTRH", "SH", "SHR", "S1", "SF", "RSTO", "RSTR", "OTH"]
)
def test_which_states_are_failures(log: Path, state: str) -> None:
    log.write_text(header() + line(HTTP | {"conn_state": state}))
    ((row,), _) = read(log)
    assert row["failed"] is (state in {"S0", "REJ", "RSTOS0", "RSTRH", "SH", "SHR"})


def test_what_zeek_leaves_unset_of_one_packet_is_worked_out(log: Path) -> None:
    log.write_text(header() + line(SCAN) + line(DNS | {"resp_pkts": "0", "resp_ip_bytes": "0"}))
    scan, dns = read(log)[0]
    assert (scan["payload_len"], scan["duration"], scan["failed"], scan["service"]) == (0, 0.0, True, None)
    assert (dns["payload_len"], dns["duration"]) == (73 - 28, 0.0)


def test_icmp_has_no_ports(log: Path) -> None:
    log.write_text(header() + line(PING) + line(PING | {"proto": "icmp6"}) + line(PING | {"proto": "GRE"}))
    rows = read(log)[0]
    assert [(row["protocol"], row["src_port"], row["dst_port"]) for row in rows] == [
        ("icmp", None, None),
        ("icmp", None, None),
        ("gre", None, None),
    ]


def test_a_log_put_together_of_several_has_several_headers(log: Path) -> None:
    other = tuple(name for name in FIELDS if name != "history")
    text = header() + line(HTTP) + "#close\tx\n" + header(*other) + line(HTTP, without=("history",)) * 2
    log.write_text(text + header() + line(SCAN))
    rows, refused = read(log)
    assert not refused
    assert [row["history"] for row in rows] == ["ShADadfF", None, None, None]
    packed = log.with_name("conn.10:00:00-11:00:00.log.gz")
    packed.write_bytes(gzip.compress(text.encode()))
    assert len(read(packed)[0]) == 3


def test_another_separator_and_escapes(log: Path) -> None:
    text = (header() + line(HTTP | {"service": "a\\x2cb"})).replace("\t", ",").replace("\\x09", "\\x2c")
    log.write_text(text.replace("#set_separator,,", "#set_separator,;"))
    assert read(log)[0][0]["service"] == "a,b"


def test_broken_lines_are_refused_one_by_one(log: Path) -> None:
    lines = [
        line(HTTP),
        line(HTTP).replace("\tSF", ""),
        line(HTTP | {"ts": "yesterday"}),
        line(HTTP | {"id.resp_p": "http"}),
        line(HTTP | {"orig_bytes": "-5"}),
        line(HTTP | {"ts": "9e99"}),
        line(HTTP | {"local_orig": "maybe"}),
        line(HTTP)[:40] + "\n",
        line(HTTP),
    ]
    log.write_text(header() + "".join(lines))
    rows, refused = read(log)
    assert len(rows) == 2
    assert refused == {
        2: "19 fields instead of 20",
        3: "ts: not a time",
        4: "id.resp_p: not an integer",
        5: "orig_bytes: negative",
        6: "ts: not a time",
        7: "local_orig: not true or false",
        8: "3 fields instead of 20",
    }
    assert "141.142" not in log.with_suffix(".bad").read_text()


def test_the_schema_says_which_columns_come_and_which_rows_stay(log: Path) -> None:
    log.write_text(header() + line(HTTP) + line(PING | {"proto": "gre"}))
    rows, refused = read(log, event_schema("src_ip", "timestamp", "protocol", "dst_port"))
    assert [list(row) for row in rows] == [["src_ip", "timestamp", "protocol", "dst_port"]]
    assert refused == {2: "protocol: not one of tcp, udp, icmp"}


def as_json(record: dict[str, str]) -> str:
    numbers = {"ts", "duration", "id.orig_p", "id.resp_p"} | {
        name for name in FIELDS if "byt" in name or "pkts" in name
    }
    facts: dict[str, Any] = {
        name: json.loads(value) if name in numbers else value
        for name, value in record.items()
        if value != "-"
    }
    return json.dumps(facts | {"local_orig": True, "tunnel_parents": ["x"], "more": {"a": 1}}) + "\n"


def test_json_lines_give_the_same(log: Path, tmp_path: Path) -> None:
    records = [HTTP, SCAN, DNS]
    log.write_text(header() + "".join(map(line, records)))
    other = tmp_path / "json.log"
    other.write_text("".join(map(as_json, records)))
    assert read(other) == read(log)


def test_json_times_and_faults(log: Path) -> None:
    good = json.loads(as_json(HTTP))
    records = [
        good | {"ts": "2026-01-02T03:04:05.5Z"},
        good | {"_path": "dns"},
        {key: value for key, value in good.items() if key != "proto"},
        good | {"id.orig_h": ["10.1.1.1"]},
    ]
    log.write_text("".join(json.dumps(record) + "\n" for record in records) + "{broken\n")
    rows, refused = read(log)
    assert [row["timestamp"] for row in rows] == [datetime(2026, 1, 2, 3, 4, 5, 500000, tzinfo=UTC)]
    assert refused == {
        2: "a record of another log than conn",
        3: "proto: missing",
        4: "id.orig_h: a nested value",
        5: "not JSON",
    }
    assert "10.1.1.1" not in log.with_suffix(".bad").read_text()


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "empty"),
        ("#separator \\x09\n#path\tdns\n#fields\tts\n", "log 'dns'"),
        ("#separator \\x09\n#path\tconn\n", "no line #fields"),
        ("#separator \\x09\n1\t2\n", "no line #fields"),
        ("#separator \\x09\n#fields\tts\tuid\n", "does not name 'id.orig_h'"),
        ("#separator \\x09\n#fields\tts\tts\n", "twice"),
        ("#separator \\x0d\n#fields\tts\n", "cannot separate"),
    ],
)
def test_what_is_no_conn_log(log: Path, text: str, what: str) -> None:
    log.write_text(text)
    with pytest.raises(SourceError, match=what):
        read(log)


def test_another_log_has_to_be_called_by_its_format(log: Path) -> None:
    log.write_text("src_ip,port\n")
    with pytest.raises(SourceError, match="tells no format"):
        open_source(log)
    with pytest.raises(SourceError, match="no log of Zeek"):
        open_source(log, format="zeek")
    assert open_source(log, format="csv").format == "csv"


def test_a_log_without_connections_has_the_columns(log: Path) -> None:
    log.write_text(header() + "#close\tx\n")
    (batch,) = open_source(log, pseudonyms=PSEUDONYMS).read()
    assert batch.num_rows == 0
    assert "conn_state" in batch.schema.names
