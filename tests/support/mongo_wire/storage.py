"""The documents: databases, collections, unique indexes and cursors, in memory."""

import itertools
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from bson import ObjectId

from mongo_wire.matching import Document, ordered, predicate, projected

DUPLICATE_KEY = 11000


class Collection:
    """Documents in the order they came, and the indexes that keep some of their fields unique."""

    def __init__(self) -> None:
        self.documents: list[Document] = []
        self.indexes: dict[str, tuple[dict[str, int], bool]] = {"_id_": ({"_id": 1}, True)}
        self._taken: dict[str, set[tuple[Any, ...]]] = {"_id_": set()}

    def insert(self, document: Document) -> Document | None:
        """Add a document; give the write error when a unique index refuses it."""
        document.setdefault("_id", ObjectId())
        keys = {}
        for name, (fields, unique) in self.indexes.items():
            if unique:
                keys[name] = _index_key(document, fields)
                if keys[name] in self._taken[name]:
                    return {
                        "code": DUPLICATE_KEY,
                        "errmsg": f"E11000 duplicate key error index: {name}",
                        "keyPattern": fields,
                        "keyValue": {field: document.get(field) for field in fields},
                    }
        for name, key in keys.items():
            self._taken[name].add(key)
        self.documents.append(document)
        return None

    def create_index(self, name: str, fields: dict[str, int], *, unique: bool) -> None:
        """Add an index. Raises ValueError when documents that are there already break it."""
        keys = [_index_key(document, fields) for document in self.documents]
        if unique and len(set(keys)) < len(keys):
            raise ValueError(name)
        self.indexes[name] = (fields, unique)
        self._taken[name] = set(keys)

    def find(self, query: Mapping[str, Any]) -> list[Document]:
        """Give the documents that pass the filter."""
        return list(filter(predicate(query), self.documents))

    def delete(self, query: Mapping[str, Any], limit: int) -> int:
        """Remove documents that pass the filter, all of them with a limit of 0; say how many."""
        doomed = self.find(query)[: limit or None]
        for document in doomed:
            self.documents.remove(document)
        self._index_again()
        return len(doomed)

    def update(self, query: Mapping[str, Any], change: Mapping[str, Any], *, many: bool, upsert: bool) -> int:
        """Set fields of documents, or replace one; say how many were found."""
        found = self.find(query)[: None if many else 1]
        for document in found:
            if "$set" in change:
                document.update(change["$set"])
            else:
                kept = document["_id"]
                document.clear()
                document.update({"_id": kept, **change})
        if not found and upsert:
            self.insert({**query, **change.get("$set", change)})
        self._index_again()
        return len(found)

    def _index_again(self) -> None:
        for name, (fields, _) in self.indexes.items():
            self._taken[name] = {_index_key(document, fields) for document in self.documents}


class Storage:
    """All databases, and the cursors that are open; one command at a time."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.databases: dict[str, dict[str, Collection]] = {}
        self.cursors: dict[int, tuple[str, list[Document]]] = {}
        self._numbers = itertools.count(1)

    def collection(self, database: str, name: str) -> Collection:
        """Give a collection, made if it is not there."""
        return self.databases.setdefault(database, {}).setdefault(name, Collection())

    def names(self, database: str) -> list[str]:
        """Give the names of the collections of a database."""
        return list(self.databases.get(database, {}))

    def select(
        self,
        database: str,
        name: str,
        query: Mapping[str, Any],
        sort: Mapping[str, int],
        shown: Mapping[str, Any],
    ) -> list[Document]:
        """Filter, sort and project a collection."""
        collection = self.databases.get(database, {}).get(name, Collection())
        return [projected(document, shown) for document in ordered(collection.find(query), sort)]

    def first_batch(self, space: str, found: list[Document], size: int) -> Document:
        """Give a first batch, and keep the rest under a cursor's number."""
        batch, rest = _split(found, size)
        number = next(self._numbers) if rest else 0
        if rest:
            self.cursors[number] = (space, rest)
        return {"firstBatch": batch, "id": number, "ns": space}

    def next_batch(self, number: int, size: int) -> Document:
        """Give the next batch of a cursor. Raises KeyError when there is no such cursor."""
        space, found = self.cursors.pop(number)
        batch, rest = _split(found, size)
        if rest:
            self.cursors[number] = (space, rest)
        return {"nextBatch": batch, "id": number if rest else 0, "ns": space}


def _split(found: Sequence[Document], size: int) -> tuple[list[Document], list[Document]]:
    size = size or 101
    return list(found[:size]), list(found[size:])


def _index_key(document: Mapping[str, Any], fields: Mapping[str, int]) -> tuple[Any, ...]:
    values = (document.get(field) for field in fields)
    return tuple((isinstance(value, bool), value) for value in values)
