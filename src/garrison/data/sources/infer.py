"""A schema for a file that has none, from its first batch."""

import pyarrow as pa

from garrison.data.casting import cast_column
from garrison.data.schema import Column, ColumnType, Schema
from garrison.errors import SchemaError

_TRIED: tuple[ColumnType, ...] = ("integer", "number", "boolean", "timestamp")


def infer_schema(batch: pa.RecordBatch, *, name: str) -> Schema:
    """The narrowest types that hold every value of ``batch``; each column a feature that may be missing.

    Text is an integer, number, boolean or timestamp where all of it reads as one. ``SchemaError`` for a
    column whose values are lists, structures or something else that is not one value.

    >>> batch = pa.RecordBatch.from_pydict({"port": ["80", ""], "host": ["a.example", "7"]})
    >>> [column.type for column in infer_schema(batch, name="flows").columns]
    ['integer', 'string']
    """
    columns = []
    for field, values in zip(batch.schema, batch.columns, strict=True):
        columns.append(Column(field.name, _type(field, values), nullable=True))
    return Schema(name=name, columns=tuple(columns))


def _type(field: pa.Field, values: pa.Array) -> ColumnType:
    if pa.types.is_string(values.type):
        return _type_of_text(values)
    kinds: list[tuple[bool, ColumnType]] = [
        (pa.types.is_integer(field.type), "integer"),
        (pa.types.is_floating(field.type) or pa.types.is_decimal(field.type), "number"),
        (pa.types.is_boolean(field.type), "boolean"),
        (pa.types.is_timestamp(field.type) or pa.types.is_date(field.type), "timestamp"),
        (pa.types.is_null(field.type), "string"),
    ]
    for fits, kind in kinds:
        if fits:
            return kind
    raise SchemaError(
        f"column {field.name!r} holds {field.type} values",
        expected="one integer, number, text, boolean or timestamp a row",
        remedy="flatten the column, or give it the role 'ignore' in a features file",
    )


def _type_of_text(values: pa.Array) -> ColumnType:
    for kind in _TRIED:
        cast = cast_column(values, kind)
        if not cast.faults and cast.values.null_count < len(values):
            return kind
    return "string"
