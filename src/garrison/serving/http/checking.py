"""The schema check of training, event by event: what may be scored, and for the rest the field that is wrong."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from garrison.data.schema import Schema
from garrison.data.validate import BOOKKEEPING, LONGEST_VALUE
from garrison.features.frames import as_tables
from garrison.serving.http.answers import Refusal
from garrison.serving.http.formats import Events, NoJson
from garrison.serving.http.problems import Refused

Fault = tuple[str, str, str | None]
"""A field, what is wrong with it, and its value."""

_IN_WORDS = {"integer": "an integer", "string": "a text", "boolean": "true or false"}

SHOWN = 100
"""Refused events that an answer names."""


@dataclass(frozen=True)
class Checked:
    """The events that are what the schema says, typed and in its order, with their places from 0; and the others."""

    table: pa.Table
    places: NDArray[np.int64]
    refusals: tuple[Refusal, ...]


def check(schema: Schema, events: Events) -> Checked:
    """Hold each event against the schema; no event's fate hangs on another's.

    Whether the events of a batch bring the columns of past behaviour is said by the first that is an event at all.
    """
    if isinstance(events, pa.Table):
        _check_names(schema, events.column_names)
        return _validated(schema, events, np.arange(events.num_rows), [])
    names = _Names.of(schema)
    fit: list[int] = []
    refusals: list[Refusal] = []
    brings: bool | None = None
    for place, event in enumerate(events):
        fault = names.fault(event, brings)
        if fault is None:
            brings = bool(names.past) and names.past <= event.keys()
            fit.append(place)
        else:
            refusals.append(Refusal(place + 1, *fault))
    if not fit:
        nothing = schema.arrow_schema(with_label=False).empty_table()
        return Checked(nothing, np.empty(0, dtype=np.int64), tuple(refusals))
    return _validated(schema, _as_table(schema, [events[place] for place in fit]), np.array(fit), refusals)


def refused(refusals: Sequence[Refusal], *, total: int, schema: Schema) -> Refused:
    """The answer to events of which none can be scored."""
    first = refusals[0]
    one = total == 1
    errors = [each.to_dict() for each in refusals[:SHOWN]]
    if one:
        for each in errors:
            del each["row"]
    return Refused(
        "schema-error",
        f"the event cannot be scored: {first}"
        if one
        else f"none of the {total:,} events can be scored: {first}",
        where=first.field if one else f"event {first.row}, {first.field}",
        expected=_expected(schema, first.field),
        remedy="GET /openapi.json has the schema of an event",
        errors=errors,
    )


@dataclass(frozen=True)
class _Names:
    """The fields that an event needs, those that it may have, and those of past behaviour."""

    needed: frozenset[str]
    known: frozenset[str]
    past: frozenset[str]

    @classmethod
    def of(cls, schema: Schema) -> "_Names":
        needed = frozenset(column.name for column in schema.kept(with_label=False) if not column.optional)
        past = frozenset(schema.window_names)
        return cls(needed, frozenset({*schema.names, *past, *BOOKKEEPING}), past)

    def fault(self, event: Any, brings: bool | None = None) -> Fault | None:
        """The field, the reason and the value by which an event is refused before its values are looked at."""
        if isinstance(event, NoJson):
            return "", "not JSON", event.text[:LONGEST_VALUE]
        if not isinstance(event, Mapping):
            return "", "not an event: a JSON object of its fields is one", str(event)[:LONGEST_VALUE]
        names = event.keys()
        if not self.needed <= names <= self.known:
            return self._misnamed(frozenset(names))
        if self.past and (fault := self._of_past(frozenset(names), brings)):
            return fault
        for name, value in event.items():
            if isinstance(value, dict | list):
                return name, "not a single value", str(value)[:LONGEST_VALUE]
        return None

    def _misnamed(self, names: frozenset[str]) -> Fault:
        unknown = sorted(names - self.known)[:20]
        if self.needed <= names:
            near = difflib.get_close_matches(unknown[0][:LONGEST_VALUE], self.known - names, n=1)
            reason = "not in the schema" + (f"; is {near[0]!r} meant?" if near else "")
            return unknown[0][:LONGEST_VALUE], reason, None
        missing = min(self.needed - names)
        near = difflib.get_close_matches(missing, unknown, n=1)
        return missing, "missing" + (f"; is {near[0][:LONGEST_VALUE]!r} meant?" if near else ""), None

    def _of_past(self, names: frozenset[str], brings: bool | None) -> Fault | None:
        there = self.past & names
        if there and there < self.past:
            return min(self.past - there), "missing, while other columns of past behaviour are there", None
        if brings is not None and brings is not bool(there):
            reason = (
                "past behaviour, which the first event does not bring"
                if there
                else "missing, as the first event has it"
            )
            return min(self.past), reason, None
        return None


def _check_names(schema: Schema, names: list[str]) -> None:
    """A table lacks a column, or has one too many, in all its rows."""
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        fault: Fault | None = (twice[:LONGEST_VALUE], "there twice", None)
    else:
        fault = _Names.of(schema).fault(dict.fromkeys(names))
    if fault is not None:
        raise refused([Refusal(1, *fault)], total=1, schema=schema)


def _as_table(schema: Schema, events: list[Any]) -> pa.Table:
    if not any(events):
        return pa.table({schema.kept(with_label=False)[0].name: pa.nulls(len(events))})
    (table,) = as_tables(events, batch_rows=len(events))
    return table


def _validated(
    schema: Schema, table: pa.Table, places: NDArray[np.int64], refusals: list[Refusal]
) -> Checked:
    found = schema.validate(table, with_label=False, rows=pa.array(places + 1))
    if found.refused.num_rows:
        rows = found.refused.to_pylist()
        refusals += [Refusal(row["row"], row["column"], row["reason"], row["value"]) for row in rows]
        places = places[np.isin(places + 1, found.refused.column("row").to_numpy(), invert=True)]
    return Checked(found.table, places, tuple(sorted(refusals, key=lambda refusal: refusal.row)))


def _expected(schema: Schema, name: str) -> str:
    column = next((column for column in schema.columns if column.name == name), None)
    if column is None:
        fields = [each.name for each in schema.kept(with_label=False)]
        return (
            "the fields " + ", ".join(fields[:20]) + (f" and {len(fields) - 20} more" if fields[20:] else "")
        )
    said = _IN_WORDS.get(column.type, f"a {column.type}")
    if column.allowed:
        return f"{said}: " + ", ".join(map(str, column.allowed[:20]))
    bounds = [f"from {column.minimum}"] if column.minimum is not None else []
    bounds += [f"up to {column.maximum}"] if column.maximum is not None else []
    return " ".join([said, *bounds])
