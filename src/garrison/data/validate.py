"""Rows held against a schema: those that are what it says, and those that are not, with the reason."""

import datetime
import difflib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from garrison.data.casting import Mask, cast_column, untrusted_text
from garrison.data.schema import NOW, OTHERS, Column, Schema
from garrison.errors import SchemaError

BOOKKEEPING = ("_load", "_row")
"""Columns that ``ingest`` adds; a table may have them beside those of its schema."""

UNNAMED = "unnamed"
"""What an attack is called whose name is missing."""

LONGEST_NAME = 100
"""Characters of an attack's name by which it is told from others."""

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
    """Raise ``SchemaError`` when a column is there twice, missing or unexpected; past behaviour is whole or absent."""
    where = where or f"schema {schema.name!r}"
    check_unique(names, where=where)
    unique = set(names)
    missing = [
        column.name
        for column in schema.kept(with_label=with_label)
        if column.name not in unique and not column.optional
    ]
    added = {*BOOKKEEPING, *schema.window_names}
    unexpected = [name for name in names if name not in schema.names and name not in added]
    if not missing and not unexpected:
        return _check_past(schema, unique, where=where)
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


def _check_past(schema: Schema, names: set[str], *, where: str) -> None:
    """Half of the past could only be counted again, and maybe otherwise than whoever made the table did."""
    missing = [name for name in schema.window_names if name not in names]
    if missing and len(missing) < len(schema.window_names):
        raise SchemaError(
            f"some columns of past behaviour are there, and others are missing: {', '.join(map(repr, missing[:10]))}",
            where=where,
            expected=f"all {len(schema.window_names)} of them, or none",
            remedy="process the raw events again with this features file, or leave out the columns that are there",
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
    there = set(table.schema.names)
    past = schema.window_names if there.issuperset(schema.window_names) else ()
    columns = (*schema.kept(with_label=with_label), *(Column(name, "integer", minimum=0) for name in past))
    for column in columns:
        if column.name not in there:
            typed.append(pa.nulls(count, column.arrow_type))
            continue
        values = _whole(table.column(column.name))
        cast = cast_column(values, column.type)
        typed.append(cast.values)
        for reason, mask in (*cast.faults, *_out_of_bounds(column, cast.values)):
            code[mask & (code == 0)] = len(reasons)
            reasons.append((column.name, reason))
    accepted = pa.table(typed, schema=pa.schema([(column.name, column.arrow_type) for column in columns]))
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
    minimum, maximum = _bound(column.minimum), _bound(column.maximum)
    if minimum is not None and _beyond(pc.min(values).as_py(), minimum, -1):
        yield (
            _named("below", "minimum", column.minimum),
            rows(pc.less(values, pa.scalar(minimum, values.type))),
        )
    if maximum is not None and _beyond(pc.max(values).as_py(), maximum, 1):
        yield (
            _named("above", "maximum", column.maximum),
            rows(pc.greater(values, pa.scalar(maximum, values.type))),
        )


def _bound(given: int | float | str | None) -> Any:
    """A bound as a value of the column: a timestamp's text as a moment."""
    if not isinstance(given, str):
        return given
    return datetime.datetime.now(datetime.UTC) if given == NOW else datetime.datetime.fromisoformat(given)


def _named(side: str, key: str, given: int | float | str | None) -> str:
    if given == NOW:
        return "in the future" if side == "above" else "in the past"
    return f"{side} the {key} {given}"


def _beyond(extreme: Any, bound: Any, sign: int) -> bool:
    return extreme is not None and bool(extreme > bound if sign > 0 else extreme < bound)


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
    truth = labels_of_any_class(schema, table)
    if truth.all() or not truth.any():
        raise SchemaError(
            f"all {len(truth):,} labels are {'positive' if truth.all() else 'negative'}",
            where=f"schema {schema.name!r}, column {schema.label.column if schema.label else ''!r}",
            expected="rows of both classes",
            remedy="a detector learns from both; take data that has both",
        )
    return truth


def labels_of_any_class(schema: Schema, table: pa.Table) -> NDArray[np.bool_]:
    """As ``Schema.labels``, where all rows may be of one class."""
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
    negative = pc.is_in(cast.values, value_set=pa.array(schema.label.negative, type=kind))
    if schema.label.positive == (OTHERS,):
        positive = pc.and_(pc.invert(negative), cast.values.is_valid())
    else:
        positive = pc.is_in(cast.values, value_set=pa.array(schema.label.positive, type=kind))
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
    return truth


def attack_names(schema: Schema, table: pa.Table) -> NDArray[np.object_] | None:
    """See ``Schema.attack_names``."""
    if schema.label is None:
        return None
    naming = [column.name for column in schema.columns if column.role == "attack"]
    if schema.label.positive == (OTHERS,):
        naming.append(schema.label.column)
    given = [table.column(name).cast(pa.string()) for name in naming if name in table.schema.names]
    if all(names.null_count == len(names) for names in given):
        return None
    found = pc.coalesce(*(pc.if_else(pc.equal(names, ""), None, names) for names in given), UNNAMED)
    attacks = np.array(pc.utf8_slice_codeunits(found, 0, LONGEST_NAME).to_pylist(), dtype=object)
    attacks[~labels(schema, table)] = ""
    return attacks
