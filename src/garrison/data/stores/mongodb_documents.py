"""Rows to MongoDB documents and back, and conditions to MongoDB's query language."""

import functools
import itertools
import warnings
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import bson
import pyarrow as pa
import pyarrow.compute as pc

from garrison.data.stores.layout import AWARE, Layout
from garrison.data.stores.where import Condition, Value, Where
from garrison.errors import SchemaError

Document = dict[str, Any]
_COMPARISONS = {"==": "$eq", "<": "$lt", "<=": "$lte", ">": "$gt", ">=": "$gte"}
_PYTHON_TYPES: dict[str, tuple[type, ...]] = {
    "int64": (int,),
    "double": (float, int),
    "string": (str,),
    "bool": (bool,),
}
_DATABASE_TYPES: tuple[tuple[type, pa.DataType], ...] = (
    (bool, pa.bool_()),
    (int, pa.int64()),
    (float, pa.float64()),
    (str, pa.string()),
    (datetime, AWARE),
)


def documents(batch: pa.RecordBatch) -> Iterator[Document]:
    """Give each row as a document with an ``_id`` of its own. Raises SchemaError for a time MongoDB cannot hold."""
    columns = [_values(field, column) for field, column in zip(batch.schema, batch.columns, strict=True)]
    for values in zip(*columns, strict=True):
        yield dict(itertools.chain([("_id", bson.ObjectId())], zip(batch.schema.names, values, strict=True)))


def _values(field: pa.Field, column: pa.Array) -> list[Any]:
    if not pa.types.is_timestamp(field.type):
        values: list[Any] = column.to_pylist()
        return values
    microseconds = column.cast(pa.int64())
    whole = pc.multiply(pc.divide(microseconds, 1000), 1000)
    if pc.any(pc.not_equal(microseconds, whole)).as_py():
        raise SchemaError(
            f"column {field.name!r} has times finer than a millisecond, which MongoDB does not keep",
            expected="whole milliseconds",
            remedy="round the times, declare the column as integers or strings, or use a duckdb store",
        )
    try:
        times: list[Any] = column.to_pylist()
    except (ValueError, OverflowError) as error:
        raise SchemaError(
            f"column {field.name!r} has a time out of range", expected="a year from 1 to 9999"
        ) from error
    return times


def query(where: Where, *, after: Document | None = None) -> Document:
    """Give the filter of a where; ``after`` the key of a row leaves only the rows that follow it."""
    parts = [_comparison(condition) for condition in where.conditions]
    if after is not None:
        names = list(after)
        parts.append(
            {
                "$or": [
                    {**{name: after[name] for name in names[:i]}, names[i]: {"$gt": after[names[i]]}}
                    for i in range(len(names))
                ]
            }
        )
    return {"$and": parts} if parts else {}


def _comparison(condition: Condition) -> Document:
    # MongoDB's times are whole milliseconds: a finer value lies between two of them and equals none.
    values = [value for value in condition.values if not _finer_than_kept(value)]
    if condition.op == "in":
        return {condition.column: {"$in": values}}
    if condition.op == "!=":
        return {condition.column: {"$nin": [*values, None]}}
    if values:
        return {condition.column: {_COMPARISONS[condition.op]: values[0]}}
    between = {"<": "$lte", "<=": "$lte", ">": "$gt", ">=": "$gt"}
    if condition.op in between:
        return {condition.column: {between[condition.op]: condition.values[0]}}
    return {condition.column: {"$in": []}}


def _finer_than_kept(value: Value) -> bool:
    return isinstance(value, datetime) and value.microsecond % 1000 != 0


def guessed_layout(sample: Sequence[Document], *, collection: str) -> Layout:
    """Find the columns of a collection that others made, from some of its documents. May raise SchemaError."""
    found: dict[str, pa.DataType | None] = {}
    for document in sample:
        for name, value in document.items():
            if name == "_id":
                continue
            kind = found.setdefault(name, None)
            new = None if value is None else _type_of(name, value, collection)
            if kind is None or new is None or kind == new:
                found[name] = kind if new is None else new
            elif {kind, new} == {pa.int64(), pa.float64()}:
                found[name] = pa.float64()
            else:
                raise SchemaError(
                    f"field {name!r} holds {kind} and {new}",
                    where=f"collection {collection}",
                    expected="one type",
                )
    return Layout(pa.schema([pa.field(name, kind or pa.string()) for name, kind in found.items()]), ())


def _type_of(name: str, value: object, collection: str) -> pa.DataType:
    for python, arrow in _DATABASE_TYPES:
        if isinstance(value, python):
            return arrow
    raise SchemaError(
        f"field {name!r} holds a {type(value).__name__}",
        where=f"collection {collection}",
        expected="strings, numbers, bools, dates or nulls",
        remedy="make a view of the collection without this field",
    )


def rows(raw: bytes, schema: pa.Schema, *, collection: str, exact: bool) -> pa.Table:
    """Read BSON documents as a table; ``exact`` checks each value's type. Raises SchemaError on another type."""
    if not exact and (context := _arrow_context()) is not None:
        table = _arrow_rows(raw, schema, context)
        if table is not None:
            return table
    return _checked_rows(bson.decode_all(raw), schema, collection)


@functools.cache
def _arrow_context() -> tuple[Any, Any] | None:
    """Find MongoDB's Arrow package; None when it is not usable here."""
    with warnings.catch_warnings():
        # It is compiled against an older pyarrow than ours, whose objects only grew at their end.
        warnings.filterwarnings("ignore", message=".*size changed", category=RuntimeWarning)
        try:
            import pymongoarrow.lib  # noqa: F401
            from pymongoarrow.context import PyMongoArrowContext
            from pymongoarrow.schema import Schema
        except ImportError:
            return None
    return PyMongoArrowContext, Schema


def _arrow_rows(raw: bytes, schema: pa.Schema, context: tuple[Any, Any]) -> pa.Table | None:
    """Read through MongoDB's Arrow package; None where it would not give what is stored, and the plain way must."""
    make_context, make_schema = context
    kinds = {f.name: pa.timestamp("ms") if pa.types.is_timestamp(f.type) else f.type for f in schema}
    reading = make_context(make_schema(kinds))
    try:
        reading.process_bson_stream(raw)
        table = reading.finish()
    except TypeError:
        return None
    for field, column in zip(schema, table.columns, strict=True):
        if pa.types.is_floating(field.type) and column.null_count:
            return None  # it reads NaN as null
    return table.cast(schema)


def _checked_rows(found: Sequence[Document], schema: pa.Schema, collection: str) -> pa.Table:
    columns = []
    for field in schema:
        allowed = _PYTHON_TYPES.get(str(field.type), (datetime,))
        values = [document.get(field.name) for document in found]
        for value in values:
            fits = isinstance(value, allowed) and (isinstance(value, bool) == (allowed == (bool,)))
            if value is not None and not fits:
                raise SchemaError(
                    f"field {field.name!r} holds a {type(value).__name__}",
                    where=f"collection {collection}",
                    expected=f"{field.type} in every document",
                    remedy="correct the document, or ingest the data again",
                )
        columns.append(pa.array(values, field.type))
    return pa.table(columns, schema=schema)
