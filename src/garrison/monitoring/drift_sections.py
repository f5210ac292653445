"""A drift check in blocks: the verdict, what moved with both sides drawn together, and every column."""

import math
from collections.abc import Callable

from garrison.assurance import (
    Badge,
    Block,
    CaveatList,
    Column,
    KeyFigure,
    KeyFigures,
    Picture,
    Section,
    Table,
    Text,
    shares_picture,
)
from garrison.monitoring.drift import FLOORS, TITLES, ColumnDrift, Drift

MOST_PICTURES = 24
MOST_NEW = 10
LONGEST_VALUE = 80


def drift_badge(drift: Drift) -> Badge:
    """The verdict in a word."""
    if not drift.judged:
        return Badge("not judged", "warn")
    return Badge("drift", "bad") if drift.drifted else Badge("no drift", "good")


def drift_sections(
    drift: Drift, *, draw: Callable[[ColumnDrift], Picture] | None = None
) -> tuple[Section, ...]:
    """What a page of a drift check has to say; ``draw`` makes the picture of a column that has a shape."""
    return (
        Section("What was found", (_figures(drift), Text(drift.verdict + "."), Text(rule_text(drift)))),
        Section("Columns that moved", _moved(drift, draw or _shares)),
        Section("New values", (_new_values(drift),)),
        Section("Every column", (columns_table(drift),)),
        Section("Caveats", (CaveatList(drift.caveats),)),
    )


def rule_text(drift: Drift) -> str:
    """When a column counts as moved, in words."""
    rule = drift.rule
    floors = ", ".join(f"{TITLES[name]} {rule.floor(name):g}" for name in FLOORS)
    return (
        f"A column has moved when its p-value is at most {rule.alpha:g} after {rule.correction} correction for all "
        f"tests of this check, and the change is large enough to matter by one of these: {floors}."
    )


def columns_table(drift: Drift) -> Table:
    """Every column with its p-value and its changes, what moved first."""
    ordered = sorted(drift.columns, key=lambda each: (not each.drifted, -each.severity, each.name))
    return Table(
        columns=(
            "column",
            "moved",
            Column("p, corrected", 4),
            *(Column(TITLES[name], 3) for name in FLOORS if name != "missing"),
            Column("missing then", 3),
            Column("missing now", 3),
        ),
        rows=tuple(
            (
                each.name,
                "not judged" if not drift.judged else Badge("yes", "bad") if each.drifted else "no",
                each.p,
                *(_effect(each, name) for name in FLOORS if name != "missing"),
                each.missing_reference,
                each.missing_current,
            )
            for each in ordered
        ),
        caption="Every column, those that moved first"
        if drift.judged
        else "Every column, the largest change first",
    )


def _figures(drift: Drift) -> KeyFigures:
    if drift.judged:
        moved = KeyFigure(
            "columns that moved",
            f"{len(drift.drifted)} of {len(drift.columns)}",
            tone="bad" if drift.drifted else "good",
        )
    else:
        moved = KeyFigure(
            "columns that moved", "not judged", f"{drift.rule.least_rows:,} rows are needed", tone="warn"
        )
    figures = [moved, KeyFigure("rows", f"{drift.rows:,}")]
    if drift.flagged is not None:
        old, new = drift.flagged
        figures.append(KeyFigure("flagged", f"{new:.2%}", f"{old:.2%} of the held-out rows"))
    return KeyFigures(tuple(figures))


def _moved(drift: Drift, draw: Callable[[ColumnDrift], Picture]) -> tuple[Block, ...]:
    if not drift.drifted:
        return (Text("None." if drift.judged else f"{drift.verdict.capitalize()}."),)
    blocks: list[Block] = [
        draw(each) if each.shape.parts else Text(f"{each.name}: {each.why}.")
        for each in drift.drifted[:MOST_PICTURES]
    ]
    if len(drift.drifted) > MOST_PICTURES:
        blocks.append(Text(f"{len(drift.drifted) - MOST_PICTURES} more are in the table."))
    return tuple(blocks)


def _shares(column: ColumnDrift) -> Picture:
    shape = column.shape
    return shares_picture(
        column.name, shape.parts, shape.reference, shape.current, caption=f"{column.name}: {column.why}."
    )


def _new_values(drift: Drift) -> Block:
    """Values that training did not name, of every column, whether it moved or not."""
    rows = tuple(
        (each.name, value[:LONGEST_VALUE], rows)
        for each in drift.columns
        if each.effect("new_values") > 0
        for value, rows in each.new[:MOST_NEW]
    )
    if not rows:
        return Text("None.")
    return Table(columns=("column", "value", "rows"), rows=rows, caption="Values that training did not name")


def _effect(column: ColumnDrift, name: str) -> float | str:
    value = column.effect(name)
    return "" if math.isnan(value) else value
