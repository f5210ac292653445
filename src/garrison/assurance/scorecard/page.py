"""A scorecard as one page: its gates first, then each part with what it measured, how, and when not to believe it."""

from garrison.assurance.gates import GateResult
from garrison.assurance.pictures import curve_picture
from garrison.assurance.report import (
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
)
from garrison.assurance.report.blocks import Cell, Tone
from garrison.assurance.scorecard.card import Scorecard
from garrison.assurance.scorecard.parts import Figure, Grid, Part

HEADLINES = (
    "recall@fpr=0.01",
    "unknown_attacks.recall@fpr=0.01",
    "evasion.detection@cost=2",
    "membership.auc",
    "ece",
    "latency.p99_ms",
)
"""The figures that stand large on top, where they were measured."""


def scorecard_report(card: Scorecard) -> Report:
    """The page of a scorecard, as blocks."""
    version = f" version {card.version}" if card.version else ""
    malicious = "" if card.malicious is None else f", of which malicious {card.malicious:,}"
    return Report(
        title="Scorecard",
        subtitle=f"{card.name}{version} ({card.family}), measured on {card.data}",
        facts=(
            ("rows", f"{card.rows:,}{malicious}"),
            *((("refused", f"{card.refused:,} rows, not measured"),) if card.refused else ()),
            *(
                (("threshold", f"{card.threshold:.4f} ({card.threshold_rule})"),)
                if card.threshold is not None
                else ()
            ),
            ("seed", str(card.seed)),
            ("measured", f"{card.when[:19].replace('T', ' ')} UTC, in {card.seconds:.0f} s"),
            ("model", card.digest[:16]),
        ),
        sections=(
            Section("At a glance", _glance(card)),
            *(Section(part.title, _part(part)) for part in card.parts),
        ),
        verdict=_verdict(card),
    )


def gates_table(gates: tuple[GateResult, ...], *, measured: str = "measured") -> Table:
    """Each gate with its bound, its figure and whether it was kept, and by how much not."""
    return Table(
        columns=("gate", "bound", Column(measured, 4), "verdict"),
        rows=tuple(
            (
                gate.name,
                gate.bound,
                gate.value,
                Badge("kept", "good") if gate.passed else Badge(gate.said or "missed", "bad"),
            )
            for gate in gates
        ),
        caption="The gates: bounds that the settings state",
    )


def _verdict(card: Scorecard) -> Badge | None:
    if not card.gates:
        return None
    if card.missed:
        return Badge(f"{len(card.missed)} of {len(card.gates)} gates missed", "bad")
    return Badge("all gates kept", "good")


def _glance(card: Scorecard) -> tuple[Block, ...]:
    figures = card.figures
    large = tuple(_large(figures[name], card) for name in HEADLINES if name in figures)
    blocks: list[Block] = [KeyFigures(large)] if large else []
    if card.gates:
        blocks.append(gates_table(card.gates))
    else:
        blocks.append(Text("No gates were stated. A settings file states them under `gates`."))
    doubts = card.doubts
    if doubts:
        blocks.append(Text("Not every figure should be believed as it stands:"))
        blocks.append(CaveatList(tuple(f"{doubt.name}: {doubt.why}" for doubt in doubts)))
    return tuple(blocks)


def _large(figure: Figure, card: Scorecard) -> KeyFigure:
    gate = next((gate for gate in card.gates if gate.name == figure.name), None)
    tone: Tone = "plain" if gate is None else "good" if gate.passed else "bad"
    value = f"{figure.shown(figure.value)} {figure.unit}".rstrip()
    return KeyFigure(figure.title, value, _interval(figure), tone=tone)


def _interval(figure: Figure) -> str:
    if figure.low is None or figure.high is None:
        return ""
    return f"{figure.shown(figure.low)} – {figure.shown(figure.high)}"


def _part(part: Part) -> tuple[Block, ...]:
    blocks: list[Block] = [Text(part.protocol)]
    if part.not_measured:
        blocks.append(CaveatList((f"not measured: {part.not_measured}",)))
    if part.figures:
        blocks.append(_figures(part))
    blocks += [curve_picture(curve.title, curve.lines, x=curve.x, y=curve.y) for curve in part.curves]
    blocks += [_grid(grid) for grid in part.tables]
    doubts = dict.fromkeys([*part.doubts, *(doubt for figure in part.figures for doubt in figure.doubts)])
    said = (*(f"{doubt.name}: {doubt.why}" for doubt in doubts), *part.notes)
    if said:
        blocks.append(CaveatList(said))
    return tuple(blocks)


def _figures(part: Part) -> Table:
    return Table(
        columns=("name in gates", "value", "95 % interval", "what, and how"),
        rows=tuple(
            (
                figure.name,
                f"{figure.shown(figure.value)} {figure.unit}".rstrip(),
                _interval(figure),
                f"{figure.title} ({figure.better} is better): {figure.protocol}",
            )
            for figure in part.figures
        ),
        caption=f"{part.title}: measured in {part.seconds:.1f} s",
    )


def _grid(grid: Grid) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for row in grid.rows:
        rows.append(tuple(cell if isinstance(cell, str | int | float | bool) else "–" for cell in row))
    return Table(columns=grid.columns, rows=tuple(rows), caption=grid.title, folded=len(rows) > 12)
