import base64
import hashlib
import hmac
import json
import os
import re
import subprocess
import sys
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from flow_events import KEY, PSEUDONYMS, event_schema
from hypothesis import given
from hypothesis import strategies as st

from garrison.data.ingest import ingest
from garrison.data.pseudonym_key import read_key
from garrison.data.pseudonyms import Pseudonyms
from garrison.data.quarantine import Quarantine
from garrison.data.sources import open_source
from garrison.data.stores import open_store
from garrison.errors import OutputError, UsageError


def name_of(text: str, key: bytes = KEY) -> str:
    return "ip_" + hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:32]


def of(*values: str | bytes | None) -> list[str | None]:
    names = PSEUDONYMS.of(pa.array(values, pa.binary()).view(pa.string()))
    found: list[str | None] = names.to_pylist()
    return found


@pytest.fixture(autouse=True)
def no_key_around(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GARRISON_PSEUDONYM_KEY", "GARRISON_PSEUDONYM_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)


def test_a_pseudonym_is_the_beginning_of_an_hmac() -> None:
    assert of("10.0.0.1", "2001:db8::1") == [name_of("10.0.0.1"), name_of("2001:db8::1")]
    assert Pseudonyms(bytes(range(1, 33))).of(pa.array(["10.0.0.1"]))[0].as_py() != name_of("10.0.0.1")


@pytest.mark.parametrize(
    ("text", "same_as"),
    [
        ("::ffff:10.0.0.1", "10.0.0.1"),
        ("0:0:0:0:0:ffff:0a00:0001", "10.0.0.1"),
        (" 10.0.0.1\t", "10.0.0.1"),
        ("2001:DB8:0:0::0001", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("not-an-address", "not-an-address"),
        ("010.0.0.1", "010.0.0.1"),
    ],
)
def test_an_address_has_one_pseudonym_however_it_is_written(text: str, same_as: str) -> None:
    assert of(text) == [name_of(same_as)]


def test_missing_values_and_pseudonyms_stay() -> None:
    pseudonym = name_of("10.0.0.1")
    assert of(None, "", pseudonym, "10.0.0.1") == [None, "", pseudonym, pseudonym]
    assert PSEUDONYMS.of(pa.nulls(2)).to_pylist() == [None, None]


def test_numbers_are_taken_as_their_text() -> None:
    assert PSEUDONYMS.of(pa.array([167772161])).to_pylist() == [name_of("167772161")]


def test_what_a_schema_refuses_stays_to_be_refused() -> None:
    odd = pa.array([b"a\xff", b"10.0.0.1\0"], pa.binary())
    assert PSEUDONYMS.of(odd.view(pa.string())).view(pa.binary()).to_pylist() == odd.to_pylist()


@pytest.mark.parametrize(
    "text",
    ["10.0.0.1", "32.32.32.32", "65.66.67.68", "255.254.0.9", "2001:db8::77", "::ffff:10.0.0.1", "::1"],
)
@pytest.mark.parametrize("kind", [pa.binary(), pa.large_binary(), pa.binary_view(), None])
def test_a_packed_address_has_the_name_of_the_written_one(text: str, kind: pa.DataType | None) -> None:
    packed = ip_address(text).packed
    values = pa.array([packed, None], kind or pa.binary(len(packed)))
    assert PSEUDONYMS.of(values).to_pylist() == [name_of(of_ipv4(text)), None]
    coded = pa.array([packed, packed], pa.binary()).dictionary_encode()
    assert PSEUDONYMS.of(coded).to_pylist() == [name_of(of_ipv4(text))] * 2


def of_ipv4(text: str) -> str:
    return text.removeprefix("::ffff:")


def test_text_in_a_binary_column_stays_text() -> None:
    values = pa.array([b"10.0.0.1", b"::1a", b"10.20.30.41\0\0\0\0\0", b""], pa.binary())
    assert PSEUDONYMS.of(values).to_pylist() == [*map(name_of, ("10.0.0.1", "::1a", "10.20.30.41")), ""]


@given(st.binary(max_size=20))
def test_whatever_is_shown_of_a_refused_row_is_text_and_no_address(value: bytes) -> None:
    (shown,) = PSEUDONYMS.shown(pa.array([value], pa.binary()).view(pa.string())).to_pylist()
    assert re.fullmatch("ip_[0-9a-f]{32}", shown) or not shown.strip()


@pytest.mark.parametrize("kind", [pa.binary(), pa.string()])
def test_no_address_column_is_kept_raw_however_odd_its_values(kind: pa.DataType, tmp_path: Path) -> None:
    odd = [IPv4Address("10.20.30.41").packed, b"10.20\xff.30.41", b"10.20.30\0.41", b"10.20.30.41"]
    values = pa.array(odd, pa.binary()).view(kind) if kind == pa.string() else pa.array(odd, kind)
    path = tmp_path / "events.parquet"
    pq.write_table(pa.table({"src_ip": values, "payload_len": [1, 2, 3, 4]}), path)
    schema = event_schema("src_ip", "payload_len")
    with Quarantine(tmp_path / "refused.jsonl") as refused:
        (batch,) = open_source(path, schema=schema, pseudonyms=PSEUDONYMS).read(refused)
    assert batch.column("src_ip").to_pylist() == [name_of("10.20.30.41")] * 2
    assert refused.count == 2
    content = (tmp_path / "refused.jsonl").read_text()
    assert "10.20" not in content
    assert "30.41" not in content


ADDRESSES = st.one_of(
    st.integers(0, 2**32 - 1).map(lambda number: str(IPv4Address(number))),
    st.integers(0, 2**128 - 1).map(lambda number: str(IPv6Address(number))),
    st.integers(0, 2**128 - 1).map(lambda number: IPv6Address(number).exploded),
    st.integers(0, 2**32 - 1).map(lambda number: f"::ffff:{IPv4Address(number)}"),
)
AROUND = st.sampled_from(["", " ", '"', "[", "](", ",", "\t", "=", "/", ";", "|", "src=", "x.", " - ", "\n"])


@given(
    st.lists(st.tuples(AROUND, ADDRESSES, st.sampled_from([" ", '"', ",", "\t", "]:443", "/x", ". ", "|"])))
)
def test_no_address_is_left_in_text(parts: list[tuple[str, str, str]]) -> None:
    text = "\n".join("".join(part) for part in parts)
    hidden = PSEUDONYMS.in_text(text)
    rest = hidden
    for _, address, _ in parts:
        assert str(of(address)[0]) in hidden
    for pseudonym in {str(of(address)[0]) for _, address, _ in parts}:
        rest = rest.replace(pseudonym, "")
    for _, address, _ in parts:
        assert len(address) < 4 or address not in rest


@pytest.mark.parametrize("text", ["12:30:45", "2026-01-01T10:20:30.5Z", "1.2.3", "a:b", "ratio 3:4:5", ""])
def test_times_and_versions_are_left(text: str) -> None:
    assert PSEUDONYMS.in_text(text) == text


@pytest.mark.parametrize(
    "text", ["10.0.0.1.5", "999.1.1.300", "1:2:3:4:5:6:7", "00:11:22:33:44:55", "8:10.0.0.1:9"]
)
def test_what_looks_like_a_damaged_address_goes(text: str) -> None:
    hidden = PSEUDONYMS.in_text(text)
    assert "ip_" in hidden
    assert "10.0.0.1" not in hidden


def test_the_key_is_not_shown() -> None:
    key = bytes(range(100, 132))
    pseudonyms = Pseudonyms(key)
    assert repr(pseudonyms) == f"Pseudonyms(fingerprint='{pseudonyms.fingerprint}')"
    assert len(pseudonyms.fingerprint) == 8
    assert pseudonyms.fingerprint != PSEUDONYMS.fingerprint
    with pytest.raises(UsageError) as caught:
        Pseudonyms(b"secret")
    assert "secret" not in str(caught.value).replace("secrets", "")


def test_a_key_file_is_made_once(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "pseudonyms.key"
    made = read_key(path)
    assert (made.made, made.origin, len(made.pseudonyms.key)) == (True, str(path), 32)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    again = read_key(path)
    assert (again.made, again.pseudonyms) == (False, made.pseudonyms)
    assert [each.name for each in path.parent.iterdir()] == ["pseudonyms.key"]


def test_processes_at_once_get_the_same_key(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from garrison.data.pseudonym_key import read_key\n"
        "input(); print(read_key(Path(sys.argv[1])).pseudonyms.fingerprint)"
    )
    path = tmp_path / "keys" / "pseudonyms.key"
    running = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    assert len({process.communicate("\n")[0] for process in running}) == 1
    assert all(process.returncode == 0 for process in running)


def test_the_environment_goes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "pseudonyms.key"
    named = tmp_path / "named.key"
    named.write_text(base64.b64encode(b"n" * 40).decode())
    named.chmod(0o600)
    monkeypatch.setenv("GARRISON_PSEUDONYM_KEY_FILE", str(named))
    assert read_key(path).pseudonyms.key == b"n" * 40
    for text in (
        KEY.hex(),
        base64.b64encode(KEY).decode(),
        base64.urlsafe_b64encode(KEY).decode().rstrip("="),
    ):
        monkeypatch.setenv("GARRISON_PSEUDONYM_KEY", text)
        assert read_key(path).pseudonyms == PSEUDONYMS
    assert not path.exists()


@pytest.mark.parametrize("text", ["ab" * 31, base64.b64encode(b"x" * 31).decode(), "höchst geheim", "!" * 64])
def test_a_bad_key_is_refused_and_not_shown(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GARRISON_PSEUDONYM_KEY", text)
    with pytest.raises(UsageError) as caught:
        read_key(tmp_path / "k")
    assert text not in str(caught.value)


def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "pseudonyms.key"
    path.write_text(KEY.hex())
    path.chmod(0o640)
    with pytest.raises(UsageError, match="read by others"):
        read_key(path)


def test_a_key_file_that_was_named_is_not_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GARRISON_PSEUDONYM_KEY_FILE", str(tmp_path / "none"))
    with pytest.raises(UsageError, match="is not there"):
        read_key(tmp_path / "k")
    monkeypatch.delenv("GARRISON_PSEUDONYM_KEY_FILE")
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError):
        read_key(tmp_path / "file" / "k")
    large = tmp_path / "large"
    large.write_bytes(b"a" * 5000)
    large.chmod(0o600)
    with pytest.raises(UsageError, match="too large"):
        read_key(large)


def test_a_source_with_addresses_wants_a_key(tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    path.write_text("src_ip,payload_len\n10.0.0.1,5\n")
    source = open_source(path, schema=event_schema("src_ip", "payload_len"))
    assert source.needs_pseudonyms
    with pytest.raises(UsageError, match="no key"):
        list(source.read())
    source.pseudonyms = PSEUDONYMS
    (batch,) = source.read()
    assert batch.to_pylist() == [{"src_ip": name_of("10.0.0.1"), "payload_len": 5}]


UNDESCRIBED = {
    "csv": "SrcAddr,peer,bytes,version\n10.20.30.41,2001:db8::77,5,1.2.3\n,10.20.30.42,6,1.2.3\n10.20.30.43,-,x,1\n",
    "jsonl": '{"Client_IP":"10.20.30.41","peer":"2001:db8::77","bytes":5}\n'
    '{"peer":"10.20.30.42","bytes":6}\n{broken 10.20.30.43}\n',
}


@pytest.mark.parametrize("format", [*UNDESCRIBED, "parquet"])
def test_addresses_are_known_where_nobody_described_the_file(format: str, tmp_path: Path) -> None:
    path = tmp_path / f"events.{format}"
    if format == "parquet":
        peers = ["2001:db8::77", "10.20.30.42"]
        packed = [IPv4Address("10.20.30.41").packed, None]
        pq.write_table(pa.table({"src_ip": packed, "peer": peers, "bytes": [5, 6]}), path)
    else:
        path.write_text(UNDESCRIBED[format])
    source = open_source(path)
    assert source.needs_pseudonyms
    with pytest.raises(UsageError, match="no key") as caught:
        list(source.read(Quarantine(None)))
    assert "peer" in caught.value.where
    out = tmp_path / "out"
    source = open_source(path, pseudonyms=PSEUDONYMS)
    with open_store(f"duckdb:///{out}/events.duckdb") as store, Quarantine(out / "refused.jsonl") as refused:
        ingest(source, store, "events", quarantine=refused)
        rows = [row for batch in store.scan("events") for row in batch.to_pylist()]
    first = next(value for name, value in rows[0].items() if name in ("SrcAddr", "Client_IP", "src_ip"))
    assert first == name_of("10.20.30.41")
    assert [row["peer"] for row in rows][:2] == [name_of("2001:db8::77"), name_of("10.20.30.42")]
    for file in out.rglob("*"):
        content = file.read_bytes() if file.is_file() else b""
        assert not any(
            raw in content for raw in (b"10.20.30.", b"2001:db8", IPv4Address("10.20.30.41").packed)
        )


def test_a_file_without_addresses_needs_no_key(tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    path.write_text("host,version,port\na.example,1.2.3,80\n10.0.0.1,4,443\n")
    source = open_source(path)
    assert not source.needs_pseudonyms
    (batch,) = source.read()
    assert batch.column("host").to_pylist() == ["a.example", "10.0.0.1"]


def test_addresses_that_come_later_are_refused_without_a_key(tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    path.write_text("who,port\n" + ",1\n" * 3 + "a,2\n10.0.0.1,3\n")
    source = open_source(path, batch_rows=1)
    assert not source.needs_pseudonyms
    with pytest.raises(UsageError, match="no key"):
        list(source.read())


LINES = {
    "csv": "src_ip,note,payload_len\n10.20.30.41,a,5\n10.20.30.42,at 10.20.30.43,x\n10.20.30.44,a,5,6\n"
    "2001:db8::77,b,-1\n10.20.30.45;c\n",
    "jsonl": '{"src_ip":"10.20.30.41","note":"a","payload_len":5}\n{"src_ip":"10.20.30.42","payload_len":"x"}\n'
    '{"src_ip":"10.20.30.44","10.20.30.46":1}\n{broken 10.20.30.45\n{"src_ip":["2001:db8::77"]}\n',
}


@pytest.mark.parametrize("format", sorted(LINES))
def test_no_file_that_is_made_holds_an_address(format: str, tmp_path: Path) -> None:
    path = tmp_path / "in" / f"events.{format}"
    path.parent.mkdir()
    path.write_text(LINES[format])
    out = tmp_path / "out"
    schema = event_schema("src_ip", "note", "payload_len")
    source = open_source(path, schema=schema, pseudonyms=PSEUDONYMS)
    with open_store(f"duckdb:///{out}/events.duckdb") as store, Quarantine(out / "refused.jsonl") as refused:
        loaded = ingest(source, store, "events", schema=schema, quarantine=refused)
        kept = [row["src_ip"] for batch in store.scan("events") for row in batch.to_pylist()]
    assert (loaded.inserted, loaded.refused) == (1, 4)
    assert kept == [name_of("10.20.30.41")]
    reasons = [json.loads(line)["reason"] for line in (out / "refused.jsonl").read_text().splitlines()]
    assert len(reasons) == 4
    for file in out.rglob("*"):
        content = file.read_bytes() if file.is_file() else b""
        for raw in (b"10.20.30.", b"2001:db8", IPv4Address("10.20.30.41").packed):
            assert raw not in content, f"{raw!r} in {os.path.relpath(file, out)}"


def test_a_key_given_for_its_file_is_not_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = "ab" * 40
    monkeypatch.setenv("GARRISON_PSEUDONYM_KEY_FILE", secret)
    with pytest.raises(UsageError) as caught:
        read_key(tmp_path / "key")
    assert secret not in str(caught.value)
