"""The MongoDB store when the server, the network or the login fails; the real driver over a real socket."""

import logging
import os
import socket
import time
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pymongo
import pytest
from mongo_wire import Fault, MongoWireServer
from mongo_wire.faults import Kind

from garrison.data.stores import Appended, Store, Where, open_store
from garrison.data.stores.mongodb import CHUNK_ROWS
from garrison.data.stores.mongodb_address import Address
from garrison.errors import SchemaError, StoreError, StoreRefused, StoreUnreachable, UsageError

SECRET = "p@ss:w/rd%?"
SECRET_IN_URL = "p%40ss%3Aw%2Frd%25%3F"


@pytest.fixture(autouse=True)
def no_login_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("GARRISON_MONGODB_"):
            monkeypatch.delenv(name)


@pytest.fixture
def server() -> Iterator[MongoWireServer]:
    with MongoWireServer() as running:
        yield running


@pytest.fixture
def guarded() -> Iterator[MongoWireServer]:
    with MongoWireServer(passwords={"me": SECRET}) as running:
        yield running


def table(rows: int, start: int = 0) -> pa.Table:
    ids = range(start, start + rows)
    return pa.table({"id": pa.array(ids, pa.int64()), "v": pa.array([i / 2 for i in ids], pa.float64())})


def ids(store: Store) -> list[int]:
    found: list[int] = pa.Table.from_batches(store.scan("e", columns=["id"])).column("id").to_pylist()
    return found


def test_an_unreachable_host_is_said_in_time() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    begun = time.monotonic()
    with pytest.raises(StoreUnreachable) as caught:
        open_store(f"mongodb://me:{SECRET_IN_URL}@127.0.0.1:{port}/flows", timeout_s=0.3)
    # A hang would be stopped by the test's own time limit; this only says that nothing was waited for twice.
    assert time.monotonic() - begun < 30
    assert caught.value.where == f"mongodb://127.0.0.1:{port}/flows"
    assert SECRET not in str(caught.value)


def test_the_right_password_opens_and_a_wrong_one_is_refused(guarded: MongoWireServer) -> None:
    with open_store(guarded.url(login=f"me:{SECRET_IN_URL}"), timeout_s=5) as store:
        assert store.append("e", table(3), key=["id"]) == Appended(3, 0)
    for login in ("me:wrong", "someone:wrong"):
        with pytest.raises(StoreRefused) as caught:
            open_store(guarded.url(login=login), timeout_s=5)
        assert caught.value.exit_code == 9
        assert "wrong" not in str(caught.value)
    with pytest.raises(StoreRefused):
        open_store(guarded.url(), timeout_s=5)


def test_a_server_that_refuses_the_right_password(guarded: MongoWireServer) -> None:
    guarded.faults.add(Fault("refuse_login", "saslContinue"))
    with pytest.raises(StoreRefused):
        open_store(guarded.url(login=f"me:{SECRET_IN_URL}"), timeout_s=5)


def test_the_login_may_come_from_the_environment(
    guarded: MongoWireServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GARRISON_MONGODB_PASSWORD", SECRET)
    with pytest.raises(UsageError, match="no user name"):
        open_store(guarded.url(), timeout_s=5)
    with open_store(guarded.url(login="me"), timeout_s=5) as store:
        assert store.collections() == []
    monkeypatch.setenv("GARRISON_MONGODB_USERNAME", "me")
    with open_store(guarded.url(), timeout_s=5) as store:
        assert store.collections() == []
    with pytest.raises(StoreRefused):
        open_store(guarded.url(login="me:the%20URL%20wins"), timeout_s=5)


def test_a_user_without_a_password_is_asked_for_one() -> None:
    with pytest.raises(UsageError, match="has no password") as caught:
        open_store("mongodb://somebody@127.0.0.1/flows")
    assert "GARRISON_MONGODB_PASSWORD" in caught.value.expected
    assert "somebody" not in str(caught.value)


def test_no_secret_is_shown_anywhere(
    guarded: MongoWireServer, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    shown = []
    with open_store(guarded.url(login=f"me:{SECRET_IN_URL}"), timeout_s=2) as store:
        shown += [repr(store), store.address, repr(vars(store)["_login"])]
        store.append("e", table(3), key=["id"])
        guarded.faults.add(Fault("drop_before", "listCollections", times=9))
        with pytest.raises(StoreUnreachable) as lost:
            store.collections()
        shown += traceback.format_exception(lost.value)
    for options in (
        "?tls=nonsense",
        "?readPreference=nonsense",
        "?maxPoolSize=-1",
        "?authMechanism=nonsense",
    ):
        try:
            opened = open_store(guarded.url(login=f"me:{SECRET_IN_URL}", options=options), timeout_s=0.5)
        except (StoreError, UsageError) as error:
            shown += traceback.format_exception(error)
        else:
            opened.close()
    captured = capfd.readouterr()
    everything = "\n".join([*shown, caplog.text, captured.out, captured.err])
    assert "127.0.0.1" in everything
    assert SECRET not in everything
    assert SECRET_IN_URL not in everything


@pytest.mark.parametrize("kind", ["drop_before", "drop_after"])
@pytest.mark.parametrize("skip", [0, 1, 2])
def test_a_connection_dropped_in_mid_bulk_loses_and_doubles_nothing(
    server: MongoWireServer, kind: Kind, skip: int
) -> None:
    rows = 2 * CHUNK_ROWS + 100
    with open_store(server.url(), timeout_s=10) as store:
        store.append("e", table(50), key=["id"])
        server.faults.add(Fault(kind, "insert", times=2, skip=skip))
        assert store.append("e", table(rows), key=["id"]) == Appended(rows - 50, 50)
        assert server.faults.happened == [f"{kind} insert"] * 2
        assert ids(store) == list(range(rows))


def test_a_connection_that_is_always_dropped_is_said_and_repeating_the_append_is_safe(
    server: MongoWireServer,
) -> None:
    rows = 2 * CHUNK_ROWS
    with open_store(server.url(), timeout_s=5) as store:
        store.append("e", table(0), key=["id"])
        server.faults.add(Fault("drop_after", "insert", times=50, skip=1))
        with pytest.raises(StoreUnreachable):
            store.append("e", table(rows), key=["id"])
        server.faults.clear()
        assert store.append("e", table(rows), key=["id"]) == Appended(0, rows)
        assert ids(store) == list(range(rows))


def test_half_a_bulk_write_that_fails_for_a_moment_is_sent_again(server: MongoWireServer) -> None:
    with open_store(server.url(), timeout_s=10) as store:
        store.append("e", table(10), key=["id"])
        server.faults.add(Fault("fail_half", "insert", times=2))
        assert store.append("e", table(100), key=["id"]) == Appended(90, 10)
        assert server.commands.count("insert") == 5  # the layout, the first rows, and three tries
        assert ids(store) == list(range(100))


@pytest.mark.parametrize(("code", "times"), [(121, 1), (91, 99)])
def test_half_a_bulk_write_that_cannot_succeed_is_said(
    server: MongoWireServer, code: int, times: int
) -> None:
    with open_store(server.url(), timeout_s=10) as store:
        store.append("e", table(0), key=["id"])
        server.faults.add(Fault("fail_half", "insert", times=times, code=code))
        with pytest.raises(StoreError, match=f"code {code}: told to fail"):
            store.append("e", table(100), key=["id"])
        server.faults.clear()
        assert store.append("e", table(100), key=["id"]).inserted > 0
        assert ids(store) == list(range(100))


def test_another_unique_index_is_not_taken_for_a_row_that_is_there(server: MongoWireServer) -> None:
    with open_store(server.url(), timeout_s=5) as store:
        store.append("e", table(3), key=["id"])
        with pymongo.MongoClient[dict[str, object]](server.url()) as client:
            client["test"]["e"].create_index("v", unique=True)
        clash = pa.table({"id": [100], "v": [0.5]})
        with pytest.raises(StoreError, match="code 11000"):
            store.append("e", clash, key=["id"])


@pytest.mark.parametrize("command", ["insert", "find", "aggregate", "listCollections"])
def test_a_stalled_server_is_a_time_out_and_not_a_hang(server: MongoWireServer, command: str) -> None:
    with open_store(server.url(), timeout_s=0.4) as store:
        store.append("e", table(10), key=["id"])
        server.faults.add(Fault("stall", command, times=9))
        with pytest.raises(StoreUnreachable, match=r"within 0\.4 s"):
            {
                "insert": lambda: store.append("e", table(20), key=["id"]),
                "find": lambda: list(store.scan("e")),
                "aggregate": lambda: store.count("e"),
                "listCollections": store.collections,
            }[command]()


@pytest.mark.parametrize("kind", ["drop_before", "drop_after"])
@pytest.mark.parametrize("command", ["find", "getMore"])
def test_a_scan_goes_on_behind_the_last_row_when_the_connection_drops(
    server: MongoWireServer, kind: Kind, command: str
) -> None:
    load = pa.array(["a"] * 500 + ["b"] * 500)
    rows = pa.table({"_load": load, "_row": pa.array([*range(500)] * 2), "v": pa.array(range(1000))})
    with open_store(server.url(), timeout_s=10) as store:
        store.append("e", rows, key=["_load", "_row"])
        # The first find of a scan reads the layout.
        server.faults.add(Fault(kind, command, times=3, skip=1 if command == "find" else 2))
        batches = list(store.scan("e", columns=["v"], where=Where.of("v", ">=", 10), batch_rows=100))
        assert len(server.faults.happened) == 3
        assert pa.Table.from_batches(batches).column("v").to_pylist() == list(range(10, 1000))


def test_a_cursor_that_the_server_forgot_is_opened_again(server: MongoWireServer) -> None:
    with open_store(server.url(), timeout_s=5) as store:
        store.append("e", table(100), key=["id"])
        scan = store.scan("e", batch_rows=10)
        found = [next(scan)]
        server.storage.cursors.clear()
        found += scan
        assert pa.Table.from_batches(found).column("id").to_pylist() == list(range(100))


def test_a_scan_whose_connection_never_comes_back_is_said(server: MongoWireServer) -> None:
    with open_store(server.url(), timeout_s=2) as store:
        store.append("e", table(100), key=["id"])
        scan = store.scan("e", batch_rows=10)
        next(scan)
        server.faults.add(Fault("drop_before", "getMore", times=99))
        server.faults.add(Fault("drop_before", "find", times=99))
        with pytest.raises(StoreUnreachable):
            list(scan)


def test_a_scan_reads_the_server_batch_by_batch(server: MongoWireServer) -> None:
    with open_store(server.url(), timeout_s=5) as store:
        store.append("e", table(1000), key=["id"])
        scan = store.scan("e", batch_rows=10)
        next(scan)
        assert server.commands.count("getMore") <= 2
        scan.close()  # type: ignore[attr-defined]
        assert server.commands.count("killCursors") == 1


def test_tls_is_spoken_and_a_certificate_of_nobody_is_not_trusted(tmp_path: Path) -> None:
    certificate = self_signed(tmp_path / "server.pem")
    with MongoWireServer(passwords={"me": SECRET}, certificate=certificate) as server:
        login = f"me:{SECRET_IN_URL}"
        with open_store(
            server.url(login=login, options=f"?tls=true&tlsCAFile={certificate}"), timeout_s=5
        ) as store:
            store.append("e", table(3), key=["id"])
            assert ids(store) == [0, 1, 2]
        for options in ("?tls=true", ""):
            with pytest.raises(StoreUnreachable):
                open_store(server.url(login=login, options=options), timeout_s=0.5)


def self_signed(path: Path) -> Path:
    from ipaddress import ip_address

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, form, plain)
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path


def test_times_finer_than_a_millisecond_are_refused_not_cut(server: MongoWireServer) -> None:
    fine = pa.table({"id": [1], "at": pa.array([1_000_001], pa.timestamp("us"))})
    with open_store(server.url(), timeout_s=5) as store:
        with pytest.raises(SchemaError, match="finer than a millisecond"):
            store.append("e", fine, key=["id"])
        assert store.count("e") == 0


def test_a_collection_that_others_made_can_be_read(server: MongoWireServer) -> None:
    with pymongo.MongoClient[dict[str, object]](server.url()) as client:
        documents: list[dict[str, object]] = [
            {"n": 2.5, "s": "b", "at": datetime(2026, 1, 1)},
            {"n": 1, "s": None, "late": True},
        ]
        client["test"]["theirs"].insert_many(documents)
        client["test"]["nested"].insert_one({"a": {"b": 1}})
        client["test"]["mixed"].insert_many([{"a": 1}, {"a": "x"}])
    with open_store(server.url(), timeout_s=5) as store:
        assert pa.Table.from_batches(store.scan("theirs")).to_pylist() == [
            {"n": 2.5, "s": "b", "at": datetime(2026, 1, 1, tzinfo=UTC), "late": None},
            {"n": 1.0, "s": None, "at": None, "late": True},
        ]
        with pytest.raises(SchemaError, match="no known key"):
            store.append("theirs", pa.table({"n": [1]}), key=["n"])
        with pytest.raises(SchemaError, match="'a' holds a dict"):
            store.scan("nested")
        with pytest.raises(SchemaError, match="holds int64 and string"):
            store.scan("mixed")


def test_a_document_that_breaks_its_layout_is_said_and_not_made_null(server: MongoWireServer) -> None:
    with open_store(server.url(), timeout_s=5) as store:
        store.append("e", table(3), key=["id"])
        with pymongo.MongoClient[dict[str, object]](server.url()) as client:
            client["test"]["e"].insert_one({"id": 7, "v": "seven"})
        with pytest.raises(SchemaError, match="'v' holds a str"):
            list(store.scan("e"))


def test_two_stores_at_once_give_each_row_once(server: MongoWireServer) -> None:
    with open_store(server.url(), timeout_s=5) as one, open_store(server.url(), timeout_s=5) as other:
        one.append("e", table(0), key=["id"])
        assert one.append("e", table(10), key=["id"]) == Appended(10, 0)
        assert other.append("e", table(10, start=5), key=["id"]) == Appended(5, 5)
        assert ids(one) == list(range(15))


def test_the_options_of_the_url_win_over_ours() -> None:
    address = Address.read("mongodb://h/d?socketTimeoutMS=5&retryReads=true", environment={})
    options = address.client_options(10)
    assert "socketTimeoutMS" not in options
    assert "retryReads" not in options
    assert options["connectTimeoutMS"] == 10_000


@pytest.mark.parametrize(
    ("url", "database", "shown"),
    [
        ("mongodb://u:p@a:1,b:2/flows?x=y", "flows", "mongodb://a:1,b:2/flows"),
        ("mongodb+srv://u:p%40q@cluster.example", "garrison", "mongodb+srv://cluster.example"),
        ("mongodb://u:a@b@h/", "garrison", "mongodb://h"),
    ],
)
def test_an_address_shows_no_login(url: str, database: str, shown: str) -> None:
    address = Address.read(url, environment={})
    assert (address.database, address.shown, address.username) == (database, shown, "u")
    assert "u:" not in repr(address)


@pytest.mark.parametrize("url", ["mongodb://[::1/db", "mongodb:///db", "mongodb://me:hunter2@/db"])
def test_an_address_that_cannot_be_read_is_a_usage_error(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        open_store(url)
    assert "hunter2" not in str(caught.value)
