"""Versions side by side: a line a figure, a column a version, and how far each is from the one in production."""

from collections.abc import Sequence
from dataclasses import dataclass

from garrison.assurance.figure_names import CALIBRATION, QUALITY, figure_name
from garrison.web.numbers import change_text, figure_text
from garrison.web.version_cards import VersionCard


@dataclass(frozen=True)
class Cell:
    """What one version has on a line: a text, how it is meant, and a second, smaller text."""

    text: str
    tone: str = ""
    note: str = ""


@dataclass(frozen=True)
class Line:
    """One line of the table."""

    title: str
    cells: tuple[Cell, ...]
    number: bool = False


@dataclass(frozen=True)
class Part:
    """Lines under one heading."""

    title: str
    lines: tuple[Line, ...]


_NONE = Cell("–")


def parts_of(cards: Sequence[VersionCard]) -> tuple[Part, ...]:
    """The table of these versions; differences are from the one in production, where it is among them."""
    base = next((card for card in cards if card.in_production), None)
    found = (
        Part("Version", _about(cards)),
        Part("Figures on the test part", _figures(cards, base)),
        Part("Figures of the scorecard", _measured(cards, base)),
        Part("Gates", _gates(cards)),
        Part("May it go into production?", _judged(cards)),
    )
    return tuple(part for part in found if part.lines)


def _about(cards: Sequence[VersionCard]) -> tuple[Line, ...]:
    return (
        Line("made (UTC)", tuple(Cell(card.made or "–") for card in cards)),
        Line("run", tuple(Cell((card.record and card.record.run) or "–") for card in cards)),
        Line(
            "signed",
            tuple(Cell("signed", "good") if card.signed else Cell("not signed", "plain") for card in cards),
        ),
    )


def _figures(cards: Sequence[VersionCard], base: VersionCard | None) -> tuple[Line, ...]:
    metrics = [card.record.metrics if card.record else {} for card in cards]
    names = dict.fromkeys(name for each in metrics for name in each)
    first = [card.judgement.metric for card in cards if card.judgement]
    known = base.record.metrics if base and base.record else {}
    return tuple(
        Line(
            name,
            tuple(
                _figure(each.get(name), None if card is base else known.get(name))
                for card, each in zip(cards, metrics, strict=True)
            ),
            number=True,
        )
        for name in sorted(names, key=lambda name: name not in first)
    )


def _measured(cards: Sequence[VersionCard], base: VersionCard | None) -> tuple[Line, ...]:
    """What scorecards say beyond the test part; versions may have been measured on other events."""
    figures = [card.measured.figures if card.measured else {} for card in cards]
    known = base.measured.figures if base and base.measured else {}
    names = [
        name for each in figures for name in each if figure_name(name).part not in (QUALITY, CALIBRATION)
    ]
    lines = []
    for name in dict.fromkeys(names):
        cells = []
        for card, each in zip(cards, figures, strict=True):
            other = None if card is base or name not in known else known[name].value
            cells.append(_figure(each[name].value if name in each else None, other))
        lines.append(Line(name, tuple(cells), number=True))
    return tuple(lines)


def _figure(value: float | None, base: float | None) -> Cell:
    if value is None:
        return _NONE
    return Cell(figure_text(value), note="" if base is None else change_text(value, base))


def _gates(cards: Sequence[VersionCard]) -> tuple[Line, ...]:
    gates = [{gate.name: gate for gate in (card.judgement.gates if card.judgement else ())} for card in cards]
    lines = []
    for name in dict.fromkeys(name for each in gates for name in each):
        cells = []
        for each in gates:
            gate = each.get(name)
            if gate is None:
                cells.append(_NONE)
                continue
            value = "not measured" if gate.value is None else figure_text(gate.value)
            cells.append(
                Cell(
                    "kept" if gate.passed else "missed",
                    "good" if gate.passed else "bad",
                    f"{value} ({gate.bound})",
                )
            )
        lines.append(Line(name, tuple(cells)))
    return tuple(lines)


def _judged(cards: Sequence[VersionCard]) -> tuple[Line, ...]:
    gains = []
    for card in cards:
        rival = card.judgement.rival if card.judgement else None
        gains.append(
            Cell(str(rival.gain), note=f"over version {rival.version}") if rival and rival.gain else _NONE
        )
    return (
        Line("gain when it was made", tuple(gains)),
        Line("now", tuple(_verdict(card) for card in cards)),
    )


def _verdict(card: VersionCard) -> Cell:
    if card.problem:
        return Cell("damaged", "bad", card.problem)
    if card.in_production:
        return Cell("in production", "good")
    if card.objections:
        return Cell("only by force", "warn", "; ".join(card.objections))
    return Cell("yes", "good")
