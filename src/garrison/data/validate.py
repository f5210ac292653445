"""Rows held against a schema: those that are what it says, and those that are not, with the reason."""

import difflib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from garrison.data.casting import Mask, cast_column, untrusted_text
from garrison.data.schema import Column, Schema
from garrison.errors import SchemaError

BOOKKEEPING = ("_load", "_row")
"""Columns that ``ingest`` adds; a table may have them beside those of its schema."""

LONGEST_VALUE = 200
"""Characters of a refused value that are kept."""

REFUSED = pa.schema(
    [("row", pa.int64()), ("column", pa.string()), ("reason", pa.string()), ("value", pa.string())]
)


@dataclass(frozen=True)
class Validated:
    """The rows that passed, typed and in schema order, and one line for each that did not, in table order.

    ``refused`` has the columns row (int64), column, reason and value (strings; a missing value is null).
    """

    table: pa.Table
    refused: pa.Table


def check_unique(names: Sequence[str], *, where: str) -> None:
    """Raise ``SchemaError`` when a name is there twice."""
    if len(set(names)) < len(names):
        twice = [name for name, count in Counter(names).items() if count > 1]
        raise SchemaError(
            "a column name is there twice: " + ", ".join(map(repr, twice[:10])),
            where=where,
            expected="every column once",
            remedy="rename or remove one of them",
        )


def check_columns(schema: Schema, names: Sequence[str], *, with_label: bool = True, where: str = "") -> None:
    """Raise ``SchemaError`` when a column is there twice, missing or unexpected."""
    where = where or f"schema {schema.name!r}"
    check_unique(names, where=where)
    unique = set(names)
    missing = [column.name for column in schema.kept(with_label=with_label) if column.name not in unique]
    unexpected = [name for name in names if name not in schema.names and name not in BOOKKEEPING]
    if not missing and not unexpected:
        return
    parts = [
        f"{what}: "
        + ", ".join(map(repr, found[:10]))
        + (f" and {len(found) - 10} more" if found[10:] else "")
        for what, found in (("missing columns", missing), ("unexpected columns", unexpected))
        if found
    ]
    near = difflib.get_close_matches(missing[0], unexpected, n=1) if missing else []
    raise SchemaError(
        "; ".join(parts),
        where=where,
        expected=f"the {len(schema.kept(with_label=with_label))} columns of schema {schema.name!r}",
        remedy=f"is {near[0]!r} meant to be {missing[0]!r}?"
        if near
        else "correct the file, or the features file",
    )


def validate(
    schema: Schema, table: pa.Table | pa.RecordBatch, *, with_label: bool, rows: pa.Array | None
) -> Validated:
    """See ``Schema.validate``."""
    check_columns(schema, table.schema.names, with_label=with_label)
    count = table.num_rows
    code = np.zeros(count, dtype=np.int64)
    reasons: list[tuple[str, str]] = [("", "")]
    typed: list[pa.Array] = []
    columns = schema.kept(with_label=with_label)
    for column in columns:
        values = _whole(table.column(column.name))
        cast = cast_column(values, column.type)
        typed.append(cast.values)
        for reason, mask in (*cast.faults, *_out_of_bounds(column, cast.values)):
            code[mask & (code == 0)] = len(reasons)
            reasons.append((column.name, reason))
    accepted = pa.Table.from_arrays(typed, schema=schema.arrow_schema(with_label=with_label))
    if not code.any():
        return Validated(accepted, REFUSED.empty_table())
    places = np.flatnonzero(code)
    refused = {
        "row": pa.array(places + 1) if rows is None else rows.take(pa.array(places)),
        "column": [reasons[code[place]][0] for place in places],
        "reason": [reasons[code[place]][1] for place in places],
        "value": _refused_values(table, [reasons[code[place]][0] for place in places], places),
    }
    return Validated(accepted.filter(pa.array(code == 0)), pa.table(refused, schema=REFUSED))


def _whole(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values


def _out_of_bounds(column: Column, values: pa.Array) -> Iterator[tuple[str, Mask]]:
    def rows(bad: pa.Array) -> Mask:
        mask: Mask = pc.fill_null(bad, False).to_numpy(zero_copy_only=False).astype(bool)
        return mask

    if not column.nullable and values.null_count:
        yield "missing", rows(values.is_null())
    if column.allowed is not None:
        known = pc.is_in(values, value_set=pa.array(column.allowed, type=values.type), skip_nulls=True)
        if pc.sum(known).as_py() != len(values) - values.null_count:
            yield (
                "not one of " + ", ".join(map(str, column.allowed)),
                rows(pc.and_(pc.invert(known), values.is_valid())),
            )
    if column.minimum is not None and _beyond(pc.min(values).as_py(), column.minimum, -1):
        yield (
            f"below the minimum {column.minimum}",
            rows(pc.less(values, pa.scalar(column.minimum, values.type))),
        )
    if column.maximum is not None and _beyond(pc.max(values).as_py(), column.maximum, 1):
        above = pc.greater(values, pa.scalar(column.maximum, values.type))
        yield f"above the maximum {column.maximum}", rows(above)


def _beyond(extreme: float | None, bound: float, sign: int) -> bool:
    return extreme is not None and sign * extreme > sign * bound


def _refused_values(
    table: pa.Table | pa.RecordBatch, names: list[str], places: NDArray[np.int64]
) -> list[str | None]:
    values: list[str | None] = [None] * len(places)
    for name in set(names):
        chosen = [at for at, other in enumerate(names) if other == name]
        column = _whole(table.column(name)).take(pa.array(places[chosen]))
        for at, text in zip(chosen, texts(column), strict=True):
            values[at] = text
    return values


def texts(values: pa.Array) -> list[str | None]:
    """The values as a person reads them, cut to ``LONGEST_VALUE`` characters; bytes that are no text as �."""
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    if pa.types.is_string(values.type) or pa.types.is_binary(values.type):
        raw = untrusted_text(values).view(pa.binary()).to_pylist()
        cut = [value if value is None else value[: 4 * LONGEST_VALUE] for value in raw]
        return [value if value is None else value.decode("utf-8", "replace")[:LONGEST_VALUE] for value in cut]
    return [_text(value) for value in values]


def _text(value: pa.Scalar) -> str | None:
    if not value.is_valid:
        return None
    try:
        return str(value.as_py())[:LONGEST_VALUE]
    except (ValueError, OverflowError):
        return f"a {value.type} that cannot be shown"


def labels(schema: Schema, table: pa.Table) -> NDArray[np.bool_]:
    """See ``Schema.labels``."""
    where = f"schema {schema.name!r}"
    if schema.label is None:
        raise SchemaError("the schema has no label", where=where, expected="'label' in the features file")
    name = schema.label.column
    if name not in table.schema.names:
        raise SchemaError(f"the label column {name!r} is missing", where=where)
    if table.num_rows == 0:
        raise SchemaError("there are no rows, so there are no labels", where=where)
    cast = cast_column(_whole(table.column(name)), schema.column(name).type)
    kind = cast.values.type
    positive = pc.is_in(cast.values, value_set=pa.array(schema.label.positive, type=kind))
    negative = pc.is_in(cast.values, value_set=pa.array(schema.label.negative, type=kind))
    unknown = np.flatnonzero(pc.invert(pc.or_(positive, negative)).to_numpy(zero_copy_only=False))
    if len(unknown):
        value = texts(_whole(table.column(name)).take(pa.array(unknown[:1])))[0]
        raise SchemaError(
            f"{len(unknown):,} labels are neither positive nor negative, the first in row {unknown[0] + 1:,}:"
            f" {'missing' if value is None else repr(value)}",
            where=f"{where}, column {name!r}",
            expected=f"one of {', '.join(map(repr, (*schema.label.positive, *schema.label.negative)))}",
        )
    truth: NDArray[np.bool_] = positive.to_numpy(zero_copy_only=False).astype(bool)
    if truth.all() or not truth.any():
        raise SchemaError(
            f"all {len(truth):,} labels are {'positive' if truth.all() else 'negative'}",
            where=f"{where}, column {name!r}",
            expected="rows of both classes",
            remedy="a detector learns from both; take data that has both",
        )
    return truth
