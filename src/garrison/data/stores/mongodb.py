"""A MongoDB database as a store, through the official driver.

A collection's columns, types and key are kept in the collection ``garrison_layouts``; its key has a unique index,
so that the server itself refuses a row that is there already.
"""

import contextlib
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import bson
import pyarrow as pa
import pymongo
from pymongo import errors

from garrison.data.batches import one_batch
from garrison.data.stores.base import RESERVED, Store
from garrison.data.stores.layout import Layout
from garrison.data.stores.mongodb_address import Address
from garrison.data.stores.mongodb_documents import Document, documents, guessed_layout, query, rows
from garrison.data.stores.where import Where
from garrison.errors import StoreError, StoreRefused, StoreUnreachable, UsageError

T = TypeVar("T")

#: Documents sent in one message.
CHUNK_ROWS = 2_000
_PAUSES_S = (0.05, 0.2, 0.5)
_SAMPLE = 1_000
_LAYOUTS = RESERVED[1]
_DUPLICATE = 11000
_CURSOR_LOST = 43
_LOGIN_CODES = {13, 18, 8000}
#: Write errors that pass: a server shutting down, stepping down, interrupted or in conflict with another write.
_PASSING_CODES = {6, 7, 50, 89, 91, 112, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436}


class MongoDBStore(Store):
    """A store in one database of a MongoDB server. What fails for a moment is repeated, and no row is doubled.

    Times are kept in whole milliseconds. ``timeout_s`` bounds each answer of the server, unless the URL sets
    the driver's own options, such as ``socketTimeoutMS``.
    """

    def __init__(self, url: str, *, timeout_s: float = 10.0) -> None:
        self._login = Address.read(url)
        super().__init__(self._login.shown)
        self._timeout_s = timeout_s
        self._indexed: set[str] = set()
        with self._plain_errors():
            with _strict_options(self.address):
                self._client: pymongo.MongoClient[Document] = pymongo.MongoClient(
                    self._login.bare_url, **self._login.client_options(timeout_s)
                )
            try:
                self._database = self._client[self._login.database]
                self._patiently(lambda: self._database.command("ping"))
                # A ping needs no login on some servers; this does.
                self._patiently(self._database.list_collection_names)
            except BaseException:
                self._client.close()
                raise

    def collections(self) -> list[str]:
        """Give the names of the collections, sorted."""
        with self._plain_errors():
            names = self._patiently(self._database.list_collection_names)
        return sorted(name for name in names if name.split(".")[0] not in RESERVED)

    def close(self) -> None:
        """Close the connections; closing twice is allowed."""
        self._client.close()

    def _layout(self, collection: str) -> Layout | None:
        with self._plain_errors():
            saved = self._patiently(lambda: self._database[_LAYOUTS].find_one({"_id": collection}))
            if saved is not None:
                try:
                    return Layout.from_dict(saved)
                except (KeyError, TypeError, ValueError):
                    raise StoreError(
                        f"the layout of collection {collection!r} cannot be read",
                        where=f"{self.address}, collection {_LAYOUTS}",
                        remedy="drop the collection and ingest again",
                    ) from None
            sample = self._patiently(
                lambda: list(self._database[collection].find().sort("_id", 1).limit(_SAMPLE))
            )
        return guessed_layout(sample, collection=collection) if sample else None

    def _create(self, collection: str, layout: Layout) -> None:
        self._index(collection, layout)
        with self._plain_errors(), contextlib.suppress(errors.DuplicateKeyError):
            self._patiently(
                lambda: self._database[_LAYOUTS].insert_one({"_id": collection, **layout.to_dict()})
            )

    def _index(self, collection: str, layout: Layout) -> None:
        if collection not in self._indexed:
            with self._plain_errors():
                keys = [(name, pymongo.ASCENDING) for name in layout.key]
                self._patiently(
                    lambda: self._database[collection].create_index(keys, unique=True, name="garrison_key")
                )
            self._indexed.add(collection)

    def _insert(self, collection: str, rows: pa.Table, layout: Layout) -> int:
        self._index(collection, layout)
        inserted = 0
        for chunk in rows.to_batches(max_chunksize=CHUNK_ROWS):
            with self._plain_errors():
                inserted += self._insert_chunk(collection, list(documents(chunk)), layout)
        return inserted

    def _insert_chunk(self, collection: str, chunk: list[Document], layout: Layout) -> int:
        """Send documents until each is there; the ids they were given here tell ours from those of others."""
        into = self._database[collection]
        inserted, answered, waiting = 0, True, chunk
        deadline = time.monotonic() + self._timeout_s
        for pause in (*_PAUSES_S, None):
            try:
                into.insert_many(waiting, ordered=False)
                inserted += len(waiting)
                waiting = []
            except errors.BulkWriteError as error:
                inserted += int(error.details["nInserted"])
                waiting = [waiting[i] for i in self._passing(error.details, layout, last=pause is None)]
            except errors.AutoReconnect:
                answered = False
                if pause is None or time.monotonic() + pause >= deadline:
                    raise
            if not waiting:
                break
            time.sleep(pause or 0)
        if answered:
            return inserted
        ids = [document["_id"] for document in chunk]
        return self._patiently(lambda: into.count_documents({"_id": {"$in": ids}}))

    def _passing(self, details: Any, layout: Layout, *, last: bool) -> list[int]:
        """Say which of the refused documents are worth sending again; raise for those that are not."""
        again = []
        for refusal in details["writeErrors"]:
            index = set(refusal.get("keyPattern", layout.key))
            if refusal["code"] == _DUPLICATE and index in ({"_id"}, set(layout.key)):
                continue
            if last or refusal["code"] not in _PASSING_CODES:
                raise StoreError(
                    f"the server refused {len(details['writeErrors'])} documents, the first with code "
                    f"{refusal['code']}: {self._login.scrubbed(str(refusal.get('errmsg', '')))}",
                    where=self.address,
                    remedy="correct the cause and append again: what is there already is skipped",
                )
            again.append(int(refusal["index"]))
        if details["writeConcernErrors"]:
            concern = details["writeConcernErrors"][0]
            raise StoreError(
                f"the server could not make the write durable: {self._login.scrubbed(str(concern.get('errmsg', '')))}",
                where=self.address,
                remedy="append again once its members are up: what is there already is skipped",
            )
        return again

    def _scan(
        self, collection: str, layout: Layout, wanted: pa.Schema, where: Where, batch_rows: int
    ) -> Iterator[pa.RecordBatch]:
        waiting: list[pa.Table] = []
        given = False
        for table in self._tables(collection, layout, wanted, where, batch_rows):
            waiting.append(table)
            while sum(part.num_rows for part in waiting) >= batch_rows:
                whole = pa.concat_tables(waiting)
                yield one_batch(whole.slice(0, batch_rows))
                given = True
                waiting = [whole.slice(batch_rows)]
        rest = pa.concat_tables([wanted.empty_table(), *waiting])
        if rest.num_rows or not given:
            yield one_batch(rest)

    def _tables(
        self, collection: str, layout: Layout, wanted: pa.Schema, where: Where, batch_rows: int
    ) -> Iterator[pa.Table]:
        """Give what each answer of the server holds; a lost cursor goes on behind the last row that came."""
        key = layout.key or ("_id",)
        read = pa.schema([*wanted, *(layout.schema.field(k) for k in layout.key if k not in wanted.names)])
        shown = {**dict.fromkeys(read.names, 1), "_id": 0 if layout.key else 1}
        after: Document | None = None
        failures = 0
        while True:
            found = self._database[collection].find_raw_batches(
                query(where, after=after), shown, sort=[(name, 1) for name in key], batch_size=batch_rows
            )
            try:
                with self._plain_errors(), contextlib.closing(found):
                    for raw in self._batches(found):
                        if not raw:
                            continue
                        failures = 0
                        table = rows(raw, read, collection=collection, exact=not layout.key)
                        after = _last_key(raw, table, layout)
                        yield table.select(wanted.names)
                    return
            except _CursorLostError as lost:
                if failures == len(_PAUSES_S):
                    raise self._translated(lost.cause) from None
                time.sleep(_PAUSES_S[failures])
                failures += 1

    def _batches(self, found: Any) -> Iterator[bytes]:
        begun = time.monotonic()
        while True:
            try:
                raw = next(found)
            except StopIteration:
                return
            except errors.AutoReconnect as error:
                if time.monotonic() - begun >= self._timeout_s:
                    raise
                raise _CursorLostError(error) from None
            except errors.OperationFailure as error:
                if error.code != _CURSOR_LOST:
                    raise
                raise _CursorLostError(error) from None
            yield raw
            begun = time.monotonic()

    def _count(self, collection: str, where: Where) -> int:
        with self._plain_errors():
            return self._patiently(lambda: self._database[collection].count_documents(query(where)))

    def _drop(self, collection: str) -> None:
        # The layout goes first: while it stands, the unique index does too.
        self._indexed.discard(collection)
        with self._plain_errors():
            self._patiently(lambda: self._database[_LAYOUTS].delete_one({"_id": collection}))
            self._patiently(lambda: self._database.drop_collection(collection))

    def _patiently(self, action: Callable[[], T]) -> T:
        """Repeat what a lost connection broke, within ``timeout_s``; only for what may be done twice."""
        deadline = time.monotonic() + self._timeout_s
        for pause in _PAUSES_S:
            try:
                return action()
            except errors.AutoReconnect:
                if time.monotonic() + pause >= deadline:
                    raise
                time.sleep(pause)
        return action()

    @contextlib.contextmanager
    def _plain_errors(self) -> Iterator[None]:
        try:
            yield
        except (errors.PyMongoError, bson.errors.BSONError) as error:
            # The driver's error is not chained: nothing it knows of the login may reach a log.
            raise self._translated(error) from None

    def _translated(self, error: Exception) -> Exception:
        text = self._login.scrubbed(str(error).splitlines()[0] if str(error) else type(error).__name__)[:300]
        if isinstance(error, errors.OperationFailure) and error.code in _LOGIN_CODES:
            return StoreRefused(
                "the store refused the login, or the user may not do this",
                where=self.address,
                expected="a user with the roles read and readWrite on the database",
                remedy="check the user name, the password and authSource in the URL or in GARRISON_MONGODB_*",
            )
        if isinstance(error, errors.ConnectionFailure):
            return StoreUnreachable(
                f"no answer from the store within {self._timeout_s:g} s: {text.partition(' (configured')[0]}",
                where=self.address,
                remedy="check the host, the port and TLS, and that the server is up",
            )
        if isinstance(error, errors.ConfigurationError | errors.InvalidURI):
            return UsageError(f"the MongoDB URL cannot be used: {text}", where=self.address)
        return StoreError(f"the store failed: {text}", where=self.address)


@contextlib.contextmanager
def _strict_options(address: str) -> Iterator[None]:
    """Refuse an option of the URL that the driver would only warn of: a misspelt ``tls`` must not mean none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)
            yield
    except (UserWarning, ValueError, TypeError) as error:
        raise UsageError(f"the MongoDB URL cannot be used: {error}", where=address) from None


class _CursorLostError(Exception):
    def __init__(self, cause: Exception) -> None:
        super().__init__()
        self.cause = cause


def _last_key(raw: bytes, table: pa.Table, layout: Layout) -> Document:
    if layout.key:
        row: Document = table.select(list(layout.key)).slice(table.num_rows - 1).to_pylist()[0]
        return row
    return {"_id": bson.decode_all(raw)[-1]["_id"]}
