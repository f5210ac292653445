import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from garrison.data.ingest import Ingested, ingest
from garrison.data.quarantine import Quarantine
from garrison.data.schema import Schema
from garrison.data.sources import Source, open_source
from garrison.data.stores import Appended, Store, open_store
from garrison.errors import SchemaError, SourceError, StoreUnreachable

SCHEMA = Schema.from_dict(
    {
        "name": "flows",
        "columns": [
            {"name": "port", "type": "integer", "minimum": 0},
            {"name": "host", "type": "string", "nullable": True},
            {"name": "note", "type": "string", "role": "ignore"},
        ],
    }
)
ROWS = 500


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "flows.csv"
    lines = [f"{number}, host {number % 7} ,n" for number in range(1, ROWS + 1)]
    lines[10], lines[20], lines[30] = "-11,a,n", "x,a,n", "31,a"
    path.write_text("port,host,note\n" + "\n".join(lines) + "\n")
    return path


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(f"duckdb:///{tmp_path / 'store.db'}") as store:
        yield store


def source_of(path: Path) -> Source:
    return open_source(path, schema=SCHEMA, batch_rows=64)


def load(path: Path, store: Store) -> Ingested:
    return ingest(source_of(path), store, "flows", quarantine=Quarantine(None))


def rows_of(store: Store) -> pa.Table:
    return pa.Table.from_batches(store.scan("flows"))


def test_rows_are_cleaned_typed_and_numbered(path: Path, store: Store, tmp_path: Path) -> None:
    with Quarantine(tmp_path / "bad.jsonl") as quarantine:
        done = ingest(source_of(path), store, "flows", quarantine=quarantine)
    assert (done.rows_read, done.inserted, done.already_there, done.refused) == (ROWS, ROWS - 3, 0, 3)
    assert done.reasons == {
        "port: below the minimum 0": 1,
        "port: not an integer": 1,
        "2 cells instead of 3": 1,
    }
    assert (tmp_path / "bad.jsonl").read_text().count("\n") == 3
    table = rows_of(store)
    assert table.column_names == ["_load", "_row", "port", "host"]
    assert set(table["_load"].to_pylist()) == {done.digest[:16]}
    assert table["_row"].to_pylist() == [n for n in range(1, ROWS + 1) if n not in (11, 21, 31)]
    assert table["port"].to_pylist() == table["_row"].to_pylist()
    assert table["host"][0].as_py() == "host 1"


def test_loading_the_same_file_again_changes_nothing(path: Path, store: Store, tmp_path: Path) -> None:
    load(path, store)
    before = rows_of(store)
    copy = tmp_path / "other name.csv"
    copy.write_bytes(path.read_bytes())
    again = load(copy, store)
    assert (again.inserted, again.already_there, again.refused) == (0, ROWS - 3, 3)
    assert rows_of(store) == before


def test_another_file_is_added(path: Path, store: Store, tmp_path: Path) -> None:
    load(path, store)
    other = tmp_path / "more.csv"
    other.write_text("port,host,note\n1,a,n\n")
    assert load(other, store).inserted == 1
    assert store.count("flows") == ROWS - 2


def test_a_quarantine_used_before_is_counted_from_where_it_stood(path: Path, store: Store) -> None:
    quarantine = Quarantine(None)
    quarantine.refuse("elsewhere", 1, "port: not an integer", "")
    done = ingest(source_of(path), store, "flows", quarantine=quarantine)
    assert done.reasons["port: not an integer"] == 1
    assert done.refused == 3


class Breaking:
    """A store that goes away at the third append, half-way through it."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.left = 3

    def append(self, collection: str, batch: pa.RecordBatch, *, key: list[str]) -> Appended:
        self.left -= 1
        if not self.left:
            self.store.append(collection, batch.slice(0, 10), key=key)
            raise StoreUnreachable("gone")
        return self.store.append(collection, batch, key=key)


def test_a_load_that_broke_is_completed_by_repeating_it(path: Path, store: Store) -> None:
    with pytest.raises(StoreUnreachable):
        load(path, Breaking(store))  # type: ignore[arg-type]
    there = store.count("flows")
    assert 0 < there < ROWS - 3
    again = load(path, store)
    assert (again.already_there, again.inserted) == (there, ROWS - 3 - there)
    assert rows_of(store)["port"].to_pylist() == [n for n in range(1, ROWS + 1) if n not in (11, 21, 31)]


LOADER = """
import sys
from pathlib import Path
from garrison.data.ingest import ingest
from garrison.data.sources import open_source
from garrison.data.stores import open_store
with open_store("duckdb:///" + sys.argv[2]) as store:
    class Telling:
        def append(self, collection, batch, *, key):
            done = store.append(collection, batch, key=key)
            print("appended", flush=True)
            return done
    ingest(open_source(Path(sys.argv[1]), batch_rows=5), Telling(), "flows")
"""


def test_a_load_that_was_killed_is_completed_by_repeating_it(tmp_path: Path) -> None:
    path, where = tmp_path / "many.csv", tmp_path / "killed.db"
    path.write_text("port\n" + "".join(f"{number}\n" for number in range(5000)))
    process = subprocess.Popen([sys.executable, "-c", LOADER, path, where], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for _ in range(5):
        assert process.stdout.readline() == "appended\n"
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    time.sleep(0.1)
    with open_store(f"duckdb:///{where}") as store:
        there = store.count("flows")
        assert 25 <= there < 5000
        done = ingest(open_source(path), store, "flows")
        assert (done.inserted, done.already_there) == (5000 - there, there)
        assert rows_of(store)["port"].to_pylist() == list(range(5000))


def test_a_key_can_be_given(path: Path, store: Store, tmp_path: Path) -> None:
    def loaded(file: Path) -> Ingested:
        return ingest(
            open_source(file), store, "flows", schema=SCHEMA, key=["port"], quarantine=Quarantine(None)
        )

    assert loaded(path).inserted == ROWS - 3
    assert rows_of(store).column_names == ["port", "host"]
    changed = tmp_path / "changed.csv"
    changed.write_text("port,host,note\n1,changed,n\n100000,new,n\n")
    assert (loaded(changed).already_there, store.count("flows")) == (1, ROWS - 2)
    with pytest.raises(SchemaError, match="key column 'ports'"):
        ingest(source_of(path), store, "flows", key=["ports"], quarantine=Quarantine(None))


def test_without_a_quarantine_a_bad_row_stops_the_load(path: Path, store: Store) -> None:
    with pytest.raises(SourceError, match=r"row \d+ is refused"):
        ingest(source_of(path), store, "flows")


@pytest.mark.parametrize("content", ["port,host,note\n", "port,host,note\n\n\n"])
def test_a_file_without_rows_is_a_source_error(tmp_path: Path, store: Store, content: str) -> None:
    path = tmp_path / "header.csv"
    path.write_text(content)
    with pytest.raises(SourceError, match="no rows"):
        load(path, store)
    assert store.collections() == []


def test_a_file_with_a_column_of_our_own_name_is_a_schema_error(tmp_path: Path, store: Store) -> None:
    path = tmp_path / "own.csv"
    path.write_text("_row,port\n1,2\n")
    with pytest.raises(SchemaError, match="'_row'"):
        ingest(open_source(path), store, "flows")


def test_text_that_is_only_white_space_is_missing(tmp_path: Path, store: Store) -> None:
    path = tmp_path / "blank.csv"
    path.write_text("port,host,note\n 1 ,  ,n\n")
    load(path, store)
    assert rows_of(store).select(["port", "host"]).to_pylist() == [{"port": 1, "host": None}]
