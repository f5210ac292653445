"""Columns made of two others, as a features file names them."""

from typing import Any, cast

from garrison.data.combined_spec import HOWS, Combined, How
from garrison.data.features_file.checks import mapping, text
from garrison.data.schema import Column
from garrison.errors import SchemaError


def read_combined(given: Any, columns: tuple[Column, ...], where: str) -> tuple[Combined, ...]:
    """The entries of ``combined``: ``{"name": "reply", "share": ["bytes_in", "bytes_out"]}``."""
    rows = [] if given is None else given
    if not isinstance(rows, list):
        raise SchemaError(
            "'combined' is not a list", where=where, expected="a list of columns made of two others"
        )
    found = tuple(_read(row, columns, where) for row in rows)
    taken = [*(column.name for column in columns), *(each.name for each in found)]
    for each in found:
        if taken.count(each.name) > 1:
            raise SchemaError(
                f"two columns are called {each.name!r}", where=where, remedy="rename the one in 'combined'"
            )
    return found


def _read(row: Any, columns: tuple[Column, ...], where: str) -> Combined:
    mapping(row, ("name", *HOWS), "a column in 'combined'", where)
    name = text(row.get("name"), "name of a column in 'combined'", where)
    hows = [how for how in HOWS if how in row]
    names = row[hows[0]] if len(hows) == 1 else None
    if not isinstance(names, list) or len(names) != 2 or names[0] == names[1]:
        raise SchemaError(
            f"'combined' does not say of what {name!r} is made",
            where=where,
            expected=" or ".join(f'"{how}": [one column, another]' for how in HOWS),
        )
    features = {
        column.name: column
        for column in columns
        if column.role == "feature" and column.type in ("integer", "number")
    }
    left, right = (text(each, f"combined.{hows[0]}", where) for each in names)
    for each in (left, right):
        if each not in features:
            raise SchemaError(
                f"{name!r} in 'combined' is made of {each!r}, which is no feature that is a number"[:200],
                where=where,
                expected="one of " + ", ".join(features),
            )
        lowest = features[each].minimum
        if hows[0] == "share" and (isinstance(lowest, str) or lowest is None or lowest < 0):
            raise SchemaError(
                f"{name!r} in 'combined' is a share of {each!r}, which may be below 0",
                where=where,
                expected=f"a minimum of 0 or more for {each!r}",
            )
    return Combined(name, cast(How, hows[0]), left, right)
