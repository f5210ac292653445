"""The embedded default: one DuckDB file, no server.

A collection is a table and its key is written in the table's comment. There is no unique index, which would
have to stay in memory: an append looks its keys up among the rows between the least and the greatest of them,
and the file's zone maps leave all other row groups unread. Each append is one transaction.
"""

import contextlib
import functools
import json
import operator
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from garrison.data.duckdb_errors import duckdb_errors
from garrison.data.stores.base import Store
from garrison.data.stores.layout import Layout, canonical_type
from garrison.data.stores.where import Condition, Where
from garrison.errors import StoreBusy, StoreError
from garrison.files import output_errors

if TYPE_CHECKING:
    import duckdb

MEMORY = "160MiB"
#: Rows of one compressed group: a batch of this size or more goes straight to the file, not through the log first.
GROUP_ROWS = 32_768
_SQL_TYPES = {
    pa.int64(): "BIGINT",
    pa.float64(): "DOUBLE",
    pa.string(): "VARCHAR",
    pa.bool_(): "BOOLEAN",
    pa.timestamp("us"): "TIMESTAMP",
    pa.timestamp("us", tz="UTC"): "TIMESTAMP WITH TIME ZONE",
}
_ARROW_TYPES = {sql: kind for kind, sql in _SQL_TYPES.items()}
_OPERATORS: dict[str, Any] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class DuckDBStore(Store):
    """A store in one DuckDB file. One process at a time: another waits ``timeout_s`` seconds, then gets StoreBusy.

    The file appears with the first append. Rows in memory are bounded by the batch, and sorting spills to a
    folder beside the file, which is removed.
    """

    def __init__(self, path: Path, *, timeout_s: float = 10.0) -> None:
        self.path = path.expanduser().absolute()
        super().__init__(f"duckdb:///{self.path}")
        self._timeout_s = timeout_s
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._closed = False
        #: Only this store can change the file while it is open, so a layout that was read once stays true.
        self._layouts: dict[str, Layout] = {}
        if self.path.exists():
            self._open()

    def collections(self) -> list[str]:
        """Give the names of the collections, sorted."""
        query = (
            "SELECT table_name FROM duckdb_tables() "
            "WHERE database_name = 'store' AND schema_name = 'main' ORDER BY table_name"
        )
        with self._speaking() as connection:
            return [] if connection is None else [str(row[0]) for row in connection.execute(query).fetchall()]

    def close(self) -> None:
        """Let go of the file; closing twice is allowed."""
        self._closed = True
        connection, self._connection = self._connection, None
        if connection is not None:
            with self._plain_errors():
                connection.close()
        with contextlib.suppress(OSError):
            self._spill.rmdir()

    def _layout(self, collection: str) -> Layout | None:
        if collection not in self._layouts or self._closed:
            layout = self._read_layout(collection)
            if layout is None:
                return None
            self._layouts[collection] = layout
        return self._layouts[collection]

    def _read_layout(self, collection: str) -> Layout | None:
        columns = (
            "SELECT column_name, data_type FROM duckdb_columns() WHERE database_name = 'store' "
            "AND schema_name = 'main' AND table_name = ? ORDER BY column_index"
        )
        comment = (
            "SELECT comment FROM duckdb_tables() WHERE database_name = 'store' "
            "AND schema_name = 'main' AND table_name = ?"
        )
        with self._speaking() as connection:
            tables = [] if connection is None else connection.execute(comment, [collection]).fetchall()
            if not tables or connection is None:
                return None
            described = connection.execute(columns, [collection]).fetchall()
        fields = []
        for name, sql in described:
            if sql not in _ARROW_TYPES:
                raise StoreError(
                    f"column {name!r} of collection {collection!r} holds {sql}",
                    where=self.address,
                    expected="one of: " + ", ".join(_ARROW_TYPES),
                    remedy="the table was not made by Garrison; export it to Parquet and ingest that",
                )
            fields.append(pa.field(name, _ARROW_TYPES[sql]))
        return Layout(pa.schema(fields), _key_in(tables[0][0]))

    def _create(self, collection: str, layout: Layout) -> None:
        if self._connection is None and not self._closed:
            self._open()
        there = self.collections()
        if (
            collection in there
        ):  # another process made the file and the collection since this store was opened
            return
        for other in there:
            if other.lower() == collection.lower():
                raise StoreError(
                    f"the collection {collection!r} would share its name with {other!r}",
                    where=self.address,
                    expected="names that differ by more than capital letters",
                )
        columns = ", ".join(f"{_quoted(field.name)} {_SQL_TYPES[field.type]}" for field in layout.schema)
        comment = json.dumps({"garrison": 1, "key": list(layout.key)}).replace("'", "''")
        with self._transaction() as connection:
            connection.execute(f"CREATE TABLE {_table(collection)} ({columns})")
            connection.execute(f"COMMENT ON TABLE {_table(collection)} IS '{comment}'")

    def _insert(self, collection: str, rows: pa.Table, layout: Layout) -> int:
        with self._transaction() as connection:
            new = self._not_there(connection, collection, rows, layout)
            if new.num_rows:
                groups = pa.Table.from_batches(new.combine_chunks().to_batches(max_chunksize=GROUP_ROWS))
                with _registered(connection, groups):
                    connection.execute(f"INSERT INTO {_table(collection)} SELECT * FROM batch")  # noqa: S608
            return int(new.num_rows)

    def _not_there(
        self, connection: "duckdb.DuckDBPyConnection", collection: str, rows: pa.Table, layout: Layout
    ) -> pa.Table:
        ranges, bounds = [], []
        for name in layout.key:
            least_greatest = pc.min_max(rows.column(name)).as_py()
            ranges.append(f"{_quoted(name)} BETWEEN ? AND ?")
            bounds += [least_greatest["min"], least_greatest["max"]]
        names = ", ".join(map(_quoted, layout.key))
        there = f"SELECT {names} FROM {_table(collection)} WHERE {' AND '.join(ranges)}"  # noqa: S608
        if not connection.execute(f"SELECT 1 FROM ({there}) LIMIT 1", bounds).fetchall():  # noqa: S608
            return rows
        numbered = rows.select(list(layout.key)).append_column(
            "_id", pa.array(range(rows.num_rows), pa.int64())
        )
        with _registered(connection, numbered):
            known = connection.execute(
                f"SELECT batch._id FROM batch SEMI JOIN ({there}) USING ({names})",  # noqa: S608
                bounds,
            ).fetchnumpy()
        kept = pa.array([True] * rows.num_rows).to_numpy(zero_copy_only=False)
        for numbers in known.values():
            kept[numbers] = False
        return rows.filter(pa.array(kept))

    def _scan(
        self, collection: str, layout: Layout, wanted: pa.Schema, where: Where, batch_rows: int
    ) -> Iterator[pa.RecordBatch]:
        import duckdb

        given = False
        with self._speaking() as connection:
            if connection is None:
                return
            with connection.cursor() as cursor:
                names = ", ".join(map(_quoted, layout.schema.names))
                rows = cursor.sql(f"SELECT {names} FROM {_table(collection)}")  # noqa: S608
                if where.conditions:
                    rows = rows.filter(_predicate(where, layout.schema))
                if layout.key:
                    rows = rows.sort(*(duckdb.ColumnExpression(name) for name in layout.key))
                rows = rows.select(*(duckdb.ColumnExpression(name) for name in wanted.names))
                for batch in rows.to_arrow_reader(batch_rows):
                    if batch.num_rows:
                        given = True
                        yield _as(batch, wanted)
        if not given:
            yield pa.RecordBatch.from_pylist([], schema=wanted)

    def _count(self, collection: str, where: Where) -> int:
        layout = self._layout(collection)
        with self._speaking() as connection:
            if connection is None or layout is None:
                return 0
            rows = connection.sql(f"SELECT * FROM {_table(collection)}")  # noqa: S608
            if where.conditions:
                rows = rows.filter(_predicate(where, layout.schema))
            return int(rows.aggregate("count(*)").fetchall()[0][0])

    def _drop(self, collection: str) -> None:
        self._layouts.pop(collection, None)
        if collection in self.collections():
            with self._transaction() as connection:
                connection.execute(f"DROP TABLE {_table(collection)}")

    @property
    def _spill(self) -> Path:
        return self.path.with_name(self.path.name + ".spill")

    def _open(self) -> None:
        import duckdb

        with output_errors(self.path.parent):
            self.path.parent.mkdir(parents=True, exist_ok=True)
        no_network = {
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "allow_community_extensions": "false",
        }
        connection = duckdb.connect(
            ":memory:",
            config={"memory_limit": MEMORY, "temp_directory": str(self._spill), **no_network},
        )
        try:
            self._attach(connection)
            connection.execute("SET python_enable_replacements = false")
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute("SET preserve_insertion_order = false")
            # Trying run lengths on every column costs a tenth of an append, and bit packing wins nearly always.
            connection.execute("SET disabled_compression_methods = 'rle'")
            connection.execute("SET enable_external_access = false")
        except BaseException:
            connection.close()
            raise
        self._connection = connection

    def _attach(self, connection: "duckdb.DuckDBPyConnection") -> None:
        import duckdb

        path = str(self.path).replace("'", "''")
        deadline = time.monotonic() + self._timeout_s
        while True:
            try:
                with self._plain_errors():
                    connection.execute(f"ATTACH '{path}' AS store (TYPE duckdb, ROW_GROUP_SIZE {GROUP_ROWS})")
                return
            except StoreError as error:
                cause = error.__cause__
                taken = isinstance(cause, duckdb.Error) and re.search(r"set lock|handle conflict", str(cause))
                if not taken:
                    raise
                if time.monotonic() >= deadline:
                    holder = re.search(r"PID \d+", str(cause))
                    raise StoreBusy(
                        "the store is held by "
                        + (f"another process ({holder[0]})" if holder else "this process"),
                        where=self.address,
                        expected=f"the file to be free within {self._timeout_s:g} s",
                        remedy="wait for the other command, or stop it; only one process at a time can hold the file",
                    ) from cause
            time.sleep(0.05)

    @contextlib.contextmanager
    def _speaking(self) -> Iterator["duckdb.DuckDBPyConnection | None"]:
        """Give the connection, or None while there is no file; DuckDB's errors become ours."""
        if self._closed:
            raise StoreError("the store is closed", where=self.address, remedy="open it again")
        with self._plain_errors():
            yield self._connection

    @contextlib.contextmanager
    def _transaction(self) -> Iterator["duckdb.DuckDBPyConnection"]:
        with self._speaking() as connection:
            if connection is None:
                raise StoreError("the store has no file yet", where=self.address)
            connection.execute("BEGIN TRANSACTION")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(Exception):
                    connection.execute("ROLLBACK")
                raise

    def _plain_errors(self) -> contextlib.AbstractContextManager[None]:
        return duckdb_errors(self.path, cannot="the store cannot be written", failed=self._failed)

    def _failed(self, text: str) -> StoreError:
        damaged = re.search(r"not a valid DuckDB|[Cc]orrupt|checksum|Is a directory|[Ss]erializ", text)
        return StoreError(
            f"the embedded store failed: {text}",
            where=self.address,
            expected="a DuckDB file" if damaged else "",
            remedy="check the path; if the file is damaged, bring it back from a copy or ingest again"
            if damaged
            else "",
        )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _table(collection: str) -> str:
    return f"store.main.{_quoted(collection)}"


def _key_in(comment: object) -> tuple[str, ...]:
    """Read the key out of a table's comment; no key when another program made the table."""
    try:
        written = json.loads(str(comment))
        return tuple(str(name) for name in written["key"]) if written["garrison"] == 1 else ()
    except (ValueError, KeyError, TypeError):
        return ()


@contextlib.contextmanager
def _registered(connection: "duckdb.DuckDBPyConnection", table: pa.Table) -> Iterator[None]:
    connection.register("batch", table)
    try:
        yield
    finally:
        connection.unregister("batch")


def _predicate(where: Where, schema: pa.Schema) -> "duckdb.Expression":
    return functools.reduce(operator.and_, (_comparison(c, schema) for c in where.conditions))


def _comparison(condition: Condition, schema: pa.Schema) -> "duckdb.Expression":
    import duckdb

    column = duckdb.ColumnExpression(condition.column)
    values = [duckdb.ConstantExpression(value) for value in condition.values]
    if condition.op == "in":
        return column.isin(*values) if values else duckdb.ConstantExpression(False)
    compared: duckdb.Expression = _OPERATORS[condition.op](column, values[0])
    if condition.op in {">", ">="} and pa.types.is_floating(schema.field(condition.column).type):
        # DuckDB holds NaN to be above every number; everywhere else no comparison with it is true.
        compared = compared & ~duckdb.FunctionExpression("isnan", column)
    return compared


def _as(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    if batch.schema.equals(schema):
        return batch
    kinds = zip(batch.columns, schema, strict=True)
    return pa.RecordBatch.from_arrays(
        [column.cast(canonical_type(f.type)) for column, f in kinds], schema=schema
    )
