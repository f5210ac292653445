"""What only the embedded store has to face: its file, its lock, a kill in mid-append, its memory."""

import contextlib
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import garrison.data.stores.duckdb as embedded
from garrison.data.stores import Appended, open_store
from garrison.data.stores.duckdb import DuckDBStore
from garrison.errors import OutputError, SchemaError, StoreBusy, StoreError, UsageError


def table(rows: int, start: int = 0) -> pa.Table:
    return pa.table({"id": pa.array(range(start, start + rows), pa.int64()), "v": ["x"] * rows})


@pytest.mark.parametrize(
    "url",
    [
        "events.db",
        "",
        "duckdb:events.db",
        "duckdb://events.db",
        "duckdb:///",
        "duckdb:///:memory:",
        "sqlite:///x.db",
        "mongodb://",
        "mongodb:///db",
        "mongodb://user:secret@/db",
        "postgres://user:secret@host/db",
        "user:secret@host/db",
    ],
)
def test_a_bad_url_shows_the_two_forms_and_no_secret(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        open_store(url)
    assert "duckdb:///PATH" in caught.value.expected
    assert "mongodb://HOST" in caught.value.expected
    assert "secret" not in str(caught.value)


def test_a_time_out_must_be_positive() -> None:
    with pytest.raises(UsageError, match="timeout_s is 0"):
        open_store("duckdb:///events.db", timeout_s=0)


def test_three_slashes_are_relative_and_four_absolute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with open_store("duckdb:///kept/here.db") as store:
        store.append("e", table(1), key=["id"])
    assert (tmp_path / "kept" / "here.db").is_file()
    with open_store(f"duckdb:///{tmp_path}/kept/here.db") as store:
        assert store.count("e") == 1


def test_looking_for_a_store_that_is_not_there_makes_no_file(tmp_path: Path) -> None:
    with open_store(f"duckdb:///{tmp_path}/typo.db") as store:
        assert store.collections() == []
        with pytest.raises(StoreError, match="no collection"):
            store.scan("e")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"x" * 100_000])
def test_a_file_that_is_not_a_store_is_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "events.csv"
    path.write_bytes(content)
    with pytest.raises(StoreError, match="not a valid DuckDB") as caught:
        open_store(f"duckdb:///{path}")
    assert caught.value.expected == "a DuckDB file"
    assert path.read_bytes() == content


def test_a_damaged_file_is_an_error_and_never_wrong_rows(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    with open_store(f"duckdb:///{path}") as store:
        store.append("e", table(100_000), key=["id"])
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(StoreError), open_store(f"duckdb:///{path}") as store:
        list(store.scan("e"))
    path.write_bytes(whole[:12_300] + b"\xff" * 64 + whole[12_364:])
    with pytest.raises(StoreError), open_store(f"duckdb:///{path}") as store:
        list(store.scan("e"))


def test_a_folder_is_not_a_store(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        open_store(f"duckdb:///{tmp_path}")


def test_a_path_through_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with open_store(f"duckdb:///{tmp_path}/file/events.db") as store, pytest.raises(OutputError):
        store.append("e", table(1), key=["id"])


def python(code: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), *arguments], stdout=subprocess.PIPE, text=True
    )


def test_a_file_held_by_another_process_is_busy(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    holder = python(
        """
        import sys
        import time
        import pyarrow as pa
        from garrison.data.stores import open_store
        with open_store(f"duckdb:///{sys.argv[1]}") as store:
            store.append("e", pa.table({"id": [1]}), key=["id"])
            print("holding", flush=True)
            time.sleep(600)
        """,
        str(path),
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "holding\n"
        with pytest.raises(StoreBusy, match=f"PID {holder.pid}") as caught:
            open_store(f"duckdb:///{path}", timeout_s=0.3)
        assert caught.value.exit_code == 10
    finally:
        holder.kill()
        holder.communicate()
    with open_store(f"duckdb:///{path}", timeout_s=10) as store:
        assert store.count("e") == 1


def test_a_second_store_on_one_file_waits_for_the_first(tmp_path: Path) -> None:
    url = f"duckdb:///{tmp_path}/events.db"
    with open_store(url) as first:
        first.append("e", table(1), key=["id"])
        with pytest.raises(StoreBusy, match="this process"):
            open_store(url, timeout_s=0.2)
    with open_store(url, timeout_s=0.2) as second:
        assert second.count("e") == 1


@pytest.mark.parametrize("after", [1, 4, 9])
def test_a_kill_in_mid_append_leaves_whole_batches_and_the_rest_can_be_added(
    tmp_path: Path, after: int
) -> None:
    path = tmp_path / "events.db"
    rows = 20_000
    writer = python(
        """
        import sys
        import pyarrow as pa
        from garrison.data.stores import open_store
        rows = int(sys.argv[2])
        with open_store(f"duckdb:///{sys.argv[1]}") as store:
            for start in range(0, 10**9, rows):
                ids = pa.array(range(start, start + rows))
                store.append("e", pa.table({"id": ids, "w": ids, "x": ids, "y": ids}), key=["id"])
                print(start + rows, flush=True)
        """,
        str(path),
        str(rows),
    )
    assert writer.stdout is not None
    done = [int(writer.stdout.readline()) for _ in range(after)][-1]
    os.kill(writer.pid, signal.SIGKILL)
    writer.communicate()
    with open_store(f"duckdb:///{path}") as store:
        there = store.count("e")
        assert there >= done
        assert there % rows == 0
        ids = pa.array(range(there + 10))
        again = store.append("e", pa.table({"id": ids, "w": ids, "x": ids, "y": ids}), key=["id"])
        assert again == Appended(10, there)
        whole = pa.Table.from_batches(store.scan("e"))
        assert all(column.to_pylist() == ids.to_pylist() for column in whole.columns)


def test_an_append_that_is_interrupted_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextlib.contextmanager
    def interrupted(connection: Any, rows: pa.Table) -> Iterator[None]:
        connection.register("batch", rows)
        yield
        assert connection.execute("SELECT count(*) FROM store.main.e").fetchall() == [(103,)]
        raise KeyboardInterrupt

    with open_store(f"duckdb:///{tmp_path}/events.db") as store:
        store.append("e", table(3), key=["id"])
        with monkeypatch.context() as patched:
            patched.setattr(embedded, "_registered", interrupted)
            with pytest.raises(KeyboardInterrupt):
                store.append("e", table(100, start=50), key=["id"])
        assert store.count("e") == 3
        assert store.append("e", table(10), key=["id"]) == Appended(7, 3)


def test_a_sort_larger_than_memory_spills_beside_the_file_and_cleans_up(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    rows = 60_000
    with DuckDBStore(path) as store:
        for start in range(4 * rows, -1, -rows):
            text = [f"{i:0400d}" for i in range(start, start + rows)]
            store.append("e", pa.table({"id": range(start, start + rows), "s": text}), key=["id"])
        connection = vars(store)["_connection"]
        connection.execute("SET memory_limit = '64MiB'")
        connection.execute("SET threads = 1")
        expected = 0
        spilled = False
        for batch in store.scan("e", batch_rows=2048):
            spilled = spilled or (tmp_path / "events.db.spill").exists()
            assert batch.column(0).to_pylist() == list(range(expected, expected + batch.num_rows))
            assert batch.column(1)[0].as_py() == f"{expected:0400d}"
            expected += batch.num_rows
        assert expected == 5 * rows
        assert spilled
    assert [entry.name for entry in tmp_path.iterdir()] == ["events.db"]


def test_nothing_is_fetched_and_no_other_file_is_read(tmp_path: Path) -> None:
    import duckdb

    with DuckDBStore(tmp_path / "events.db") as store:
        store.append("e", table(1), key=["id"])
        connection = vars(store)["_connection"]
        for query in ("SELECT * FROM read_csv('/etc/hostname')", "INSTALL httpfs", "ATTACH '/other.db'"):
            with pytest.raises(duckdb.Error):
                connection.execute(query)
        names = "('autoinstall_known_extensions', 'autoload_known_extensions', 'enable_external_access')"
        settings = connection.sql(f"SELECT value FROM duckdb_settings() WHERE name IN {names}").fetchall()
        assert settings == [("false",)] * 3


def test_a_table_of_another_program_can_be_read_but_not_appended_to(tmp_path: Path) -> None:
    import duckdb

    path = tmp_path / "theirs.db"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE plain (a BIGINT, b VARCHAR)")
        connection.execute("INSERT INTO plain VALUES (2, 'x'), (1, NULL)")
        connection.execute("CREATE TABLE odd (a DECIMAL(9, 2))")
        connection.execute("CREATE TABLE noted (a TIMESTAMP)")
        connection.execute("COMMENT ON TABLE noted IS 'ours'")
    with open_store(f"duckdb:///{path}") as store:
        assert sorted(pa.Table.from_batches(store.scan("plain")).column("a").to_pylist()) == [1, 2]
        with pytest.raises(StoreError, match="DECIMAL"):
            store.scan("odd")
        with pytest.raises(SchemaError, match="no known key"):
            store.append("noted", pa.table({"a": [datetime(2026, 1, 1)]}), key=["a"])


def test_names_that_differ_by_capitals_only_are_refused(tmp_path: Path) -> None:
    with open_store(f"duckdb:///{tmp_path}/events.db") as store:
        store.append("flows", table(1), key=["id"])
        with pytest.raises(StoreError, match="share its name with 'flows'"):
            store.append("Flows", table(1), key=["id"])


def test_an_append_reads_only_the_key_range_of_its_batch(tmp_path: Path) -> None:
    """The zone maps rule out row groups of other key ranges, so that an append costs the same in a large file."""
    group = 32_768
    with DuckDBStore(tmp_path / "events.db") as store:
        for start in range(0, group * 6, group):
            store.append("e", table(group, start), key=["id"])
        found = vars(store)["_connection"].execute(
            "SELECT stats['min'], stats['max'] FROM pragma_storage_info('store.main.e') "
            "WHERE column_name = 'id' AND segment_type <> 'VALIDITY' ORDER BY row_group_id"
        )
        ranges = [tuple(map(int, row)) for row in found.fetchall()]
    assert ranges == [(start, start + group - 1) for start in range(0, group * 6, group)]


def test_a_collection_made_by_another_process_since_the_store_was_opened_is_appended_to(
    tmp_path: Path,
) -> None:
    late = DuckDBStore(tmp_path / "events.db")
    with DuckDBStore(tmp_path / "events.db") as other:
        other.append("e", table(3), key=["id"])
    with late:
        assert late.append("e", table(3, start=2), key=["id"]) == Appended(inserted=2, already_there=1)
