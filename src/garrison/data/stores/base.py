"""What every store can do. The base class does the checks once; a store only moves checked rows."""

import difflib
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self, final

import pyarrow as pa

from garrison.data.stores.layout import Layout, canonical, first_of_each_key, fitted
from garrison.data.stores.where import Where
from garrison.errors import StoreError, UsageError

_COLLECTION = re.compile(r"[A-Za-z][A-Za-z0-9_.\-]{0,119}")
RESERVED = ("system", "garrison_layouts")


@dataclass(frozen=True)
class Appended:
    """How many rows an append wrote, and how many it skipped because their key was there already."""

    inserted: int
    already_there: int


class Store(ABC):
    """A place that keeps named collections of rows, each row known by its unique key.

    Columns hold int64, float64, string, bool or timestamp values (naive or UTC, in microseconds; MongoDB keeps
    milliseconds and refuses finer ones), or nulls; narrower types are widened when they come in. Every method
    raises ``StoreUnreachable``, ``StoreRefused``, ``StoreBusy`` or ``StoreError`` when the store fails.

    >>> import tempfile
    >>> from garrison.data.stores import Where, open_store
    >>> batch = pa.table({"host": ["a", "b", "a"], "bytes": [10, 20, 10]})
    >>> with tempfile.TemporaryDirectory() as folder, open_store(f"duckdb:///{folder}/events.db") as store:
    ...     first = store.append("flows", batch, key=["host"])
    ...     again = store.append("flows", batch, key=["host"])
    ...     found = pa.Table.from_batches(store.scan("flows", where=Where.of("bytes", ">", 15)))
    >>> first, again
    (Appended(inserted=2, already_there=1), Appended(inserted=0, already_there=3))
    >>> found.to_pylist()
    [{'host': 'b', 'bytes': 20}]
    """

    def __init__(self, where_it_is: str) -> None:
        #: The address as it may be shown to anyone: it holds no user name and no password.
        self.address = where_it_is

    @final
    def append(self, collection: str, batch: pa.RecordBatch | pa.Table, *, key: Sequence[str]) -> Appended:
        """Add the rows whose key is not in ``collection`` yet; of equal keys in one batch the first row is kept.

        The first append fixes the columns, their types and the key. Repeating an append that failed half-way is safe.
        Raises SchemaError when a later batch has other columns, other types or another key, or when a key is
        null or not an integer, string, bool or timestamp.
        """
        _check_name(collection)
        table = canonical(batch)
        layout = self._layout(collection)
        if layout is None:
            layout = Layout.made_for(table, key)
            self._create(collection, layout)
            layout = self._layout(collection) or layout
        table = fitted(table, layout, key=key, collection=collection)
        distinct = first_of_each_key(table, layout.key)
        inserted = self._insert(collection, distinct, layout) if distinct.num_rows else 0
        return Appended(inserted=inserted, already_there=table.num_rows - inserted)

    @final
    def scan(
        self,
        collection: str,
        *,
        columns: Sequence[str] | None = None,
        where: Where | None = None,
        batch_rows: int = 65_536,
    ) -> Iterator[pa.RecordBatch]:
        """Give the rows that pass ``where`` in key order, ``batch_rows`` at a time; always the same for the same rows.

        Memory is bounded by the batch. At least one batch comes, so that the columns are known even when no row does.
        Raises StoreError when there is no such collection, UsageError for an unknown column.
        """
        if batch_rows < 1:
            raise UsageError(f"batch_rows is {batch_rows}", expected="a positive number of rows")
        layout = self._known_layout(collection)
        wanted = layout.schema if columns is None else layout.project(columns, collection=collection)
        checked = (where or Where()).fitted(layout.schema, collection=collection)
        return self._scan(collection, layout, wanted, checked, batch_rows)

    @final
    def count(self, collection: str, where: Where | None = None) -> int:
        """Say how many rows pass ``where``; 0 when there is no such collection."""
        _check_name(collection)
        layout = self._layout(collection)
        if layout is None:
            return 0
        return self._count(collection, (where or Where()).fitted(layout.schema, collection=collection))

    @final
    def schema(self, collection: str) -> pa.Schema:
        """Give the Arrow columns that a scan of ``collection`` yields."""
        return self._known_layout(collection).schema

    @final
    def drop(self, collection: str) -> None:
        """Remove ``collection`` and all its rows; nothing happens when there is none."""
        _check_name(collection)
        self._drop(collection)

    @abstractmethod
    def collections(self) -> list[str]:
        """Give the names of the collections, sorted."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the file or the connections; closing twice is allowed."""

    @abstractmethod
    def _layout(self, collection: str) -> Layout | None:
        """Say what ``collection`` looks like, or None when there is none."""

    @abstractmethod
    def _create(self, collection: str, layout: Layout) -> None:
        """Make an empty collection."""

    @abstractmethod
    def _insert(self, collection: str, rows: pa.Table, layout: Layout) -> int:
        """Write the rows whose key is new, of rows with distinct keys; say how many they were."""

    @abstractmethod
    def _scan(
        self, collection: str, layout: Layout, wanted: pa.Schema, where: Where, batch_rows: int
    ) -> Iterator[pa.RecordBatch]:
        """Give the rows in key order."""

    @abstractmethod
    def _count(self, collection: str, where: Where) -> int:
        """Count the rows."""

    @abstractmethod
    def _drop(self, collection: str) -> None:
        """Remove the collection, if it is there."""

    def _known_layout(self, collection: str) -> Layout:
        _check_name(collection)
        layout = self._layout(collection)
        if layout is None:
            there = self.collections()
            near = difflib.get_close_matches(collection, there, n=1)
            raise StoreError(
                f"there is no collection {collection!r}" + (f"; did you mean {near[0]!r}?" if near else ""),
                where=self.address,
                expected="one of: " + ", ".join(there[:20])
                if there
                else "a collection, and the store has none",
                remedy="load the data first, with: garrison ingest FILE --into STORE --collection NAME",
            )
        return layout

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.address!r})"


def _check_name(collection: str) -> None:
    if not _COLLECTION.fullmatch(collection) or collection.partition(".")[0].lower() in RESERVED:
        raise UsageError(
            f"{collection!r} cannot name a collection",
            expected="a letter, then at most 119 letters, digits, '_', '-' or '.'; "
            "not " + " or ".join(repr(name) for name in RESERVED),
        )
