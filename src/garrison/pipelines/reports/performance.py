"""The page of a live detector's performance: speed, errors, and quality over time, estimated and true."""

import math
from pathlib import Path
from typing import TYPE_CHECKING

from garrison.assurance import (
    Badge,
    Block,
    CaveatList,
    Column,
    KeyFigure,
    KeyFigures,
    Report,
    Section,
    Table,
    Text,
    over_time_picture,
    render_report,
)
from garrison.assurance.pictures.over_time import Line
from garrison.monitoring import Performance
from garrison.run.redaction import redact

if TYPE_CHECKING:
    from garrison.pipelines.watching.performance import PerformanceCheck

DRAWN = ("precision", "recall", "f1")


def performance_report(check: "PerformanceCheck", path: Path) -> None:
    """Write the page at ``path``."""
    found = check.performance
    report = Report(
        title="Performance",
        subtitle=f"{check.model.title}: {redact(check.log)}",
        facts=(
            ("from", f"{found.first}Z"[:19]),
            ("to", f"{found.last}Z"[:19]),
            ("rows in the log", f"{found.rows:,}"),
            ("detector", check.model.digest[:16]),
        ),
        sections=(
            Section("At a glance", (_figures(found),)),
            Section("Quality", _quality(found)),
            Section("Speed and errors", _speed(found)),
            Section("Caveats", (CaveatList(check.caveats),)),
        ),
        verdict=Badge("errors", "bad") if found.measures["error_share"] > 0 else Badge("no errors", "good"),
    )
    render_report(report, path)


def quality_table(found: Performance) -> Table:
    """Each metric: estimated over all rows, true over those with a label, and the estimate's error over the same."""
    names = found.estimated or found.true
    return Table(
        columns=(
            "metric",
            Column("estimated", 3),
            Column("from", 3),
            Column("to", 3),
            Column("true, of labelled rows", 3),
            Column("estimated for them", 3),
            Column("error of the estimate", 3),
        ),
        rows=tuple(
            (
                name.replace("_", " "),
                *(_estimated(found, name)),
                _number(found.true.get(name)),
                _number(found.estimated_of_labelled[name].value if found.estimated_of_labelled else None),
                _number(found.error_of_estimate(name)),
            )
            for name in names
        ),
        caption="Quality of the verdicts",
    )


def _figures(found: Performance) -> KeyFigures:
    measures = found.measures
    return KeyFigures(
        (
            KeyFigure(
                "events", f"{measures['events']:,.0f}", f"{measures['events_per_second']:,.2f} a second"
            ),
            KeyFigure(
                "errors", f"{measures['error_share']:.3%}", tone="bad" if measures["error_share"] else "good"
            ),
            KeyFigure("flagged", f"{measures['flagged_share']:.2%}"),
            KeyFigure(
                "latency, 99 %",
                f"{measures['latency_p99_ms']:.2f} ms",
                f"slowest {measures['latency_max_ms']:.1f} ms",
            ),
        )
    )


def _quality(found: Performance) -> tuple[Block, ...]:
    if not found.estimated and not found.true:
        return (Text("Nothing is known: there is no label, and nothing to estimate by."),)
    blocks: list[Block] = [quality_table(found)]
    starts = [part.start for part in found.parts]
    for name in DRAWN:
        lines = [
            Line(side, [part.measures[f"{kind}_{name}"] for part in found.parts])
            for side, kind in (("estimated", "estimated"), ("true, of labelled rows", "true"))
            if any(math.isfinite(part.measures[f"{kind}_{name}"]) for part in found.parts)
        ]
        if lines and len(starts) > 1:
            blocks.append(over_time_picture(name, starts, lines, unit=name, bounds=(0.0, 1.0)))
    return tuple(blocks)


def _speed(found: Performance) -> tuple[Block, ...]:
    measures = found.measures
    names = [name for name in measures if name.startswith("latency_")]
    table = Table(
        columns=("measure", Column("milliseconds", 3)),
        rows=tuple(
            (name.removeprefix("latency_").removesuffix("_ms"), _number(measures[name])) for name in names
        ),
        caption="Latency",
    )
    starts = [part.start for part in found.parts]
    if len(starts) < 2:
        return (table,)
    rates = [part.measures["events_per_second"] for part in found.parts]
    slow = [
        Line(name, [part.measures[f"latency_{name}_ms"] for part in found.parts]) for name in ("p50", "p99")
    ]
    return (
        table,
        over_time_picture(
            "events a second", starts, [Line("events a second", rates)], unit="events a second"
        ),
        over_time_picture("latency", starts, slow, unit="milliseconds"),
    )


def _estimated(found: Performance, name: str) -> tuple[float | str, float | str, float | str]:
    if name not in found.estimated:
        return "", "", ""
    each = found.estimated[name]
    return _number(each.value), _number(each.low), _number(each.high)


def _number(value: float | None) -> float | str:
    return "" if value is None or math.isnan(value) else value
