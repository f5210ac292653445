"""What stands beside a score: which row it is, and the columns that say when and by whom."""

import difflib
from collections.abc import Sequence
from dataclasses import replace

from garrison.data.schema import Column, Schema
from garrison.errors import UsageError

ROW, FILE, SCORE, VERDICT = "row", "file", "score", "verdict"
PLACES = (ROW, FILE)
"""Which row an event is, from 1, and, where several files are read, of which file."""

_BESIDE = ("ignore", "label", "attack")


def kept_columns(schema: Schema, keep: Sequence[str]) -> tuple[str, ...]:
    """The columns of ``schema`` that are written beside the scores: those of the context, and those in ``keep``.

    ``UsageError`` for a name that is no column, and for a column with the name of one that is added.
    """
    known = (*schema.names, *schema.window_names)
    for name in keep:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            raise UsageError(
                f"no column {name!r} can be kept",
                where=f"schema {schema.name!r}",
                expected="some of " + ", ".join(known[:50]),
                remedy=f"did you mean {near[0]!r}?" if near else "check the name",
            )
    context = [column.name for column in schema.columns if column.role in ("context", "group")]
    chosen = tuple(dict.fromkeys((*context, *keep)))
    clash = [name for name in chosen if name in (*PLACES, SCORE, VERDICT)]
    if clash:
        raise UsageError(
            f"a column that would be kept is called {clash[0]!r}, as one that is added",
            where=f"schema {schema.name!r}",
            expected=f"other names than {', '.join((*PLACES, SCORE, VERDICT))}",
            remedy="rename the column in the data and the features file",
        )
    return chosen


def reading_schema(schema: Schema, keep: Sequence[str]) -> Schema:
    """The schema that events are read by: columns in ``keep`` that no detector looks at are read as context.

    They may be missing, and any value of their type will do; but they are typed, as they are to be written.
    """
    wanted = set(keep)

    def read(column: Column) -> Column:
        if column.name not in wanted or column.role not in _BESIDE:
            return column
        return replace(
            column,
            role="context",
            allowed=None,
            minimum=None,
            maximum=None,
            nullable=True,
            impute="refuse",
            optional=True,
        )

    return replace(
        schema, columns=tuple(map(read, schema.columns)), label=None, report_by=(), group_by="features"
    )
