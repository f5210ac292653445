"""What ties columns together: groups, the order in time, reports by value, and windows of past behaviour."""

import difflib
from typing import Any

from garrison.data.features_file.checks import mapping, text
from garrison.data.schema import Column
from garrison.data.splits import DERIVATIONS
from garrison.data.windows_spec import Windows
from garrison.errors import SchemaError

_WINDOW_KEYS = ("source", "seconds", "distinct", "sums", "failures")
_LONGEST_WINDOW = 7 * 24 * 3600


def read_group_by(given: Any, columns: tuple[Column, ...], where: str) -> str:
    """What must stay together when rows are split."""
    groups = [column.name for column in columns if column.role == "group"]
    if given is None:
        return groups[0] if groups else "features"
    asked = text(given, "group_by", where)
    names = [column.name for column in columns if column.role != "ignore"]
    if asked != "features" and asked not in names and asked.partition(":")[2] not in names:
        raise SchemaError(
            f"'group_by' names no column that is kept: {asked!r}",
            where=where,
            expected="'features', a column, or a derivation such as 'host:url'",
        )
    derivation = asked.partition(":")[0]
    if asked != "features" and asked not in names and derivation not in DERIVATIONS:
        near = difflib.get_close_matches(derivation, DERIVATIONS, n=1)
        raise SchemaError(
            f"'group_by' asks for the unknown derivation {derivation!r}: {asked!r}"[:200],
            where=where,
            expected="one of " + ", ".join(f"'{known}:<column>'" for known in DERIVATIONS),
            remedy=f"did you mean {near[0]!r}?" if near else "",
        )
    return asked


def read_time(given: Any, columns: tuple[Column, ...], where: str) -> str | None:
    """The timestamp by which events are ordered."""
    if given is None:
        return None
    column = _kept(text(given, "time", where), columns, "'time'", where)
    if column.type != "timestamp" or column.nullable:
        raise SchemaError(
            f"'time' names {column.name!r}, by which events cannot be ordered",
            where=where,
            expected="a timestamp that is never missing",
        )
    return column.name


def read_report_by(given: Any, columns: tuple[Column, ...], where: str) -> tuple[str, ...]:
    """The columns by whose values quality is reported."""
    names = _names(given, "report_by", where)
    for name in names:
        if _kept(name, columns, "'report_by'", where).role in ("label", "attack"):
            raise SchemaError(
                f"'report_by' names the truth, {name!r}", where=where, expected="another column"
            )
    return names


def read_windows(facts: Any, columns: tuple[Column, ...], time: str | None, where: str) -> Windows | None:
    """The windows of past behaviour."""
    if facts is None:
        return None
    mapping(facts, _WINDOW_KEYS, "windows", where)
    if time is None:
        raise SchemaError("there are windows but no time", where=where, expected="'time', a timestamp column")
    seconds = facts.get("seconds")
    if not isinstance(seconds, list) or not seconds or not all(_is_length(each) for each in seconds):
        raise SchemaError(
            f"windows.seconds is {seconds!r}"[:200],
            where=where,
            expected=f"whole seconds from 1 to {_LONGEST_WINDOW:,}",
        )
    source = text(facts.get("source"), "windows.source", where)
    _typed(source, ("string",), columns, "windows.source", where)
    found = Windows(
        source,
        tuple(sorted({*seconds})),
        distinct=_names(facts.get("distinct"), "windows.distinct", where),
        sums=_names(facts.get("sums"), "windows.sums", where),
        failures=_names(facts.get("failures"), "windows.failures", where),
    )
    for what, names, kinds in (
        ("windows.distinct", found.distinct, ("integer", "string", "boolean")),
        ("windows.sums", found.sums, ("integer",)),
        ("windows.failures", found.failures, ("boolean",)),
    ):
        for name in names:
            _typed(name, kinds, columns, what, where)
    clash = [name for name in found.names if name in {column.name for column in columns}]
    if clash or len({*found.names}) < len(found.names):
        raise SchemaError(
            f"a column is called {clash[0]!r}, the name of one that is added by windows"
            if clash
            else "two columns that are added by windows have one name",
            where=where,
            remedy="rename the column",
        )
    return found


def _is_length(given: Any) -> bool:
    return isinstance(given, int) and not isinstance(given, bool) and 1 <= given <= _LONGEST_WINDOW


def _names(given: Any, what: str, where: str) -> tuple[str, ...]:
    names = [] if given is None else given if isinstance(given, list) else [given]
    if len({str(name) for name in names}) < len(names):
        raise SchemaError(f"'{what}' names a column twice", where=where)
    return tuple(text(name, what, where) for name in names)


def _kept(name: str, columns: tuple[Column, ...], what: str, where: str) -> Column:
    for column in columns:
        if column.name == name and column.role != "ignore":
            return column
    near = difflib.get_close_matches(name, [column.name for column in columns], n=1)
    raise SchemaError(
        f"{what} names no column that is kept: {name!r}"[:200],
        where=where,
        expected="one of " + ", ".join(column.name for column in columns if column.role != "ignore"),
        remedy=f"did you mean {near[0]!r}?" if near else "",
    )


def _typed(name: str, kinds: tuple[str, ...], columns: tuple[Column, ...], what: str, where: str) -> None:
    column = _kept(name, columns, f"'{what}'", where)
    if column.type not in kinds or column.role in ("label", "attack"):
        raise SchemaError(
            f"'{what}' names {name!r}, of type {column.type} and role {column.role}",
            where=where,
            expected=" or ".join(kinds) + ", and not the truth",
        )
