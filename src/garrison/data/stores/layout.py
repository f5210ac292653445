"""What a collection looks like: its columns, their types and its key; and rows made to fit it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import pyarrow as pa
import pyarrow.compute as pc

from garrison.errors import SchemaError, UsageError

NAIVE = pa.timestamp("us")
AWARE = pa.timestamp("us", tz="UTC")
_NAMES = {"int64": pa.int64(), "float64": pa.float64(), "string": pa.string(), "bool": pa.bool_()}
TYPES: dict[str, pa.DataType] = {**_NAMES, "timestamp": NAIVE, "timestamp_utc": AWARE}


@dataclass(frozen=True)
class Layout:
    """The columns of a collection and the names of those that make its key; no key where others made it."""

    schema: pa.Schema
    key: tuple[str, ...]

    @classmethod
    def made_for(cls, table: pa.Table, key: Sequence[str]) -> Self:
        """Fix the layout by a first batch with canonical types. Raises SchemaError for a key that cannot be one."""
        if not key or len(set(key)) != len(key):
            raise SchemaError(
                f"the key {list(key)} is not a list of distinct columns", expected="one column or more"
            )
        for name in key:
            if name not in table.schema.names:
                raise SchemaError(
                    f"the key column {name!r} is missing", expected=", ".join(table.schema.names)
                )
            kind = table.schema.field(name).type
            if pa.types.is_floating(kind):
                raise SchemaError(
                    f"the key column {name!r} holds {kind}",
                    expected="an integer, string, bool or timestamp column",
                )
        return cls(pa.schema([pa.field(f.name, f.type) for f in table.schema]), tuple(key))

    def project(self, columns: Sequence[str], *, collection: str) -> pa.Schema:
        """Give the schema of some columns, in that order. Raises UsageError for an unknown or repeated one."""
        unknown = [name for name in columns if name not in self.schema.names]
        if unknown or not columns or len(set(columns)) != len(columns):
            what = (
                f"no column {unknown[0]!r}"
                if unknown
                else f"the columns {list(columns)} are not a list of distinct names"
            )
            raise UsageError(
                what, where=f"collection {collection}", expected="some of: " + ", ".join(self.schema.names)
            )
        return pa.schema([self.schema.field(name) for name in columns])

    def to_dict(self) -> dict[str, object]:
        """Give the layout as plain JSON values."""
        names = {kind: name for name, kind in TYPES.items()}
        return {"key": list(self.key), "columns": [[f.name, names[f.type]] for f in self.schema]}

    @classmethod
    def from_dict(cls, saved: dict[str, list[list[str]]]) -> Self:
        """Read what ``to_dict`` gave. Raises KeyError, TypeError or ValueError for anything else."""
        schema = pa.schema([pa.field(name, TYPES[kind]) for name, kind in saved["columns"]])
        return cls(schema, tuple(str(name) for name in saved["key"]))


def canonical_type(kind: pa.DataType) -> pa.DataType | None:
    """Say which type of a store holds this Arrow type; None when none does. A null column is a string one."""
    if pa.types.is_dictionary(kind):
        return canonical_type(kind.value_type)
    if pa.types.is_timestamp(kind):
        return NAIVE if kind.tz is None else AWARE
    if pa.types.is_date(kind):
        return NAIVE
    for test, wide in (
        (pa.types.is_integer, pa.int64()),
        (pa.types.is_floating, pa.float64()),
        (pa.types.is_boolean, pa.bool_()),
        (pa.types.is_null, pa.string()),
        (pa.types.is_string, pa.string()),
        (pa.types.is_large_string, pa.string()),
        (pa.types.is_string_view, pa.string()),
    ):
        if test(kind):
            return wide
    return None


def canonical(batch: pa.RecordBatch | pa.Table) -> pa.Table:
    """Give the rows in the types a store keeps; null columns stay null, to take the type the collection has.

    Raises SchemaError for repeated or unusable column names, a type no store keeps, and values that do not fit.
    """
    table = pa.Table.from_batches([batch]) if isinstance(batch, pa.RecordBatch) else batch
    seen: dict[str, str] = {}
    for name in table.schema.names:
        if name.lower() in seen:
            raise SchemaError(
                f"two columns have one name: {seen[name.lower()]!r} and {name!r}",
                expected="names that differ by more than capital letters",
            )
        seen[name.lower()] = name
        if name in {"", "_id"} or name.startswith("$") or "." in name or "\0" in name:
            raise SchemaError(
                f"{name!r} cannot name a column",
                expected="a name that is not empty nor '_id', has no '.' and no NUL, and does not start with '$'",
                remedy="rename the column",
            )
    if not table.num_columns:
        raise SchemaError("the batch has no columns", expected="one column or more")
    wide = []
    for field in table.schema:
        kind = canonical_type(field.type)
        if kind is None:
            raise SchemaError(
                f"column {field.name!r} holds {field.type}",
                expected="integers, numbers, strings, bools or timestamps",
                remedy="leave the column out, or write it as a string",
            )
        wide.append(pa.field(field.name, kind))
    schema = pa.schema(wide)
    return table if table.schema.equals(schema) else _cast(table, schema)


def fitted(table: pa.Table, layout: Layout, *, key: Sequence[str], collection: str) -> pa.Table:
    """Give the rows in the columns and types of the layout. Raises SchemaError where they cannot be."""
    place = f"collection {collection}"
    if layout.key and tuple(key) != layout.key:
        raise SchemaError(
            f"the key is {list(key)}",
            where=place,
            expected=str(list(layout.key)),
            remedy="use another collection",
        )
    if not layout.key:
        raise SchemaError(
            "the collection was not made by Garrison and has no known key",
            where=place,
            remedy="append to a new collection",
        )
    extra = [name for name in table.schema.names if name not in layout.schema.names]
    missing = [name for name in layout.schema.names if name not in table.schema.names]
    if extra or missing:
        facts = [("unknown", extra), ("missing", missing)]
        raise SchemaError(
            "the columns are not those of the collection: "
            + "; ".join(f"{kind} {', '.join(map(repr, names))}" for kind, names in facts if names),
            where=place,
            expected=", ".join(layout.schema.names),
            remedy="use another collection, or bring the same columns",
        )
    table = table.select(layout.schema.names)
    for field in layout.schema:
        have = table.schema.field(field.name).type
        widens = pa.types.is_integer(have) and pa.types.is_floating(field.type)
        empty = table.column(field.name).null_count == table.num_rows
        if have != field.type and not widens and not empty:
            raise SchemaError(f"column {field.name!r} holds {have}", where=place, expected=str(field.type))
    for name in layout.key:
        if table.column(name).null_count:
            raise SchemaError(
                f"the key column {name!r} has nulls", where=place, expected="a value in every row"
            )
    if table.schema.equals(layout.schema):
        return table
    columns = [
        pa.nulls(table.num_rows, field.type) if column.null_count == table.num_rows else column
        for field, column in zip(layout.schema, table.columns, strict=True)
    ]
    return _cast(pa.table(columns, names=layout.schema.names), layout.schema)


def first_of_each_key(table: pa.Table, key: Sequence[str]) -> pa.Table:
    """Keep the first row of each key, in their order."""
    if _strictly_rising(table, key):
        return table
    numbered = table.select(list(key)).append_column("_id", pa.array(range(table.num_rows), pa.int64()))
    firsts = numbered.group_by(list(key)).aggregate([("_id", "min")]).column("_id_min")
    if len(firsts) == table.num_rows:
        return table
    return table.take(firsts.combine_chunks().sort())


def _strictly_rising(table: pa.Table, key: Sequence[str]) -> bool:
    """Say whether the last key column rises from row to row: then no key repeats, whatever the others hold."""
    column = table.column(key[-1])
    if len(column) < 2:
        return True
    whole = column.combine_chunks()
    return bool(pc.all(pc.less(whole.slice(0, len(whole) - 1), whole.slice(1))).as_py())


def _cast(table: pa.Table, schema: pa.Schema) -> pa.Table:
    columns = []
    for field in schema:
        column = table.column(field.name)
        try:
            columns.append(column.cast(field.type))
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            raise SchemaError(
                f"column {field.name!r} has a value that does not fit {field.type}: {error}",
                expected=f"values of {field.type}",
            ) from error
    return pa.table(columns, schema=schema)
