"""The page of a tested network: the table, who was read how well, and the classes of keys."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from garrison.assurance import (
    CodeBlock,
    Column,
    KeyFigure,
    KeyFigures,
    Report,
    Section,
    Table,
    Text,
    accuracies_picture,
    curve_picture,
    estimates_picture,
    heat_map_picture,
    render_report,
)
from garrison.ciphers.networks.figures import CHANCE, Figures
from garrison.evaluation.intervals import Interval


def network_page(
    figures: Sequence[Figures],
    path: Path,
    *,
    facts: Mapping[str, str],
    curve: Sequence[Mapping[str, Any]] = (),
    command: str = "",
) -> Path:
    """Write the page at ``path``; ``facts`` stand in its head, ``curve`` is that of the training, where it is known."""
    sections = [
        Section(
            "Pins and lugs", (_key_figures(figures), _table(figures), _wheels(figures), _histogram(figures))
        ),
        Section("Classes of keys", (Text(_CLASSES), *_heat_maps(figures), _class_table(figures))),
    ]
    if curve:
        sections.append(Section("Training", (*_lines(curve), _curve(curve))))
    if command:
        sections.append(Section("To do it again", (CodeBlock(command),)))
    report = Report(
        title="What a network reads of the M-209's key stream",
        subtitle="131 pins and 21 lug counts of keys that training never saw",
        facts=tuple(facts.items()),
        sections=tuple(sections),
    )
    return render_report(report, path)


_CLASSES = (
    "A key's class is how many lugs of a wheel stand alone on their bar, and how many bars have two lugs. A wheel that "
    "moves many bars of its own is read easily; one that moves few is hidden behind the others."
)


def shown(interval: Interval, *, share: bool = True) -> str:
    """A figure with its interval.

    >>> shown(Interval(0.95, 0.94, 0.96, 0.95, ""))
    '95.00 % [94.00, 96.00]'
    """
    if share:
        return f"{interval.value:.2%} [{interval.low * 100:.2f}, {interval.high * 100:.2f}]".replace(
            "%", " %"
        )
    return f"{interval.value:.2f} [{interval.low:.2f}, {interval.high:.2f}]"


def _key_figures(figures: Sequence[Figures]) -> KeyFigures:
    return KeyFigures(
        tuple(
            KeyFigure(
                f"pins right, {each.length} letters",
                f"{each.accuracy.value:.1%}",
                "no better than chance"
                if each.at_chance
                else f"{each.accuracy.low:.1%} to {each.accuracy.high:.1%}",
            )
            for each in figures
        )
    )


def _table(figures: Sequence[Figures]) -> Table:
    return Table(
        columns=(
            "letters",
            "keys",
            "all wheels",
            *(f"wheel {wheel}" for wheel in range(1, 7)),
            "lugs off by",
            "pairs off by",
        ),
        rows=tuple(
            (
                each.length,
                each.keys,
                shown(each.accuracy),
                *(f"{wheel.value:.2%}" for wheel in each.wheels),
                shown(each.lug_error, share=False),
                shown(each.pair_error, share=False),
            )
            for each in figures
        ),
        caption="Pins told rightly, and how far counts of lugs were off in the mean; 95 % intervals over keys. "
        "Those of wheels stand in the picture.",
    )


def _wheels(figures: Sequence[Figures]) -> Any:
    sides = {
        f"{each.length} letters": {
            f"wheel {number}": interval for number, interval in enumerate(each.wheels, 1)
        }
        for each in figures
    }
    return estimates_picture("Pins told rightly by wheel", sides, x="pins right")


def _histogram(figures: Sequence[Figures]) -> Any:
    return accuracies_picture({f"{each.length} letters": each.histogram for each in figures})


def _heat_maps(figures: Sequence[Figures]) -> list[Any]:
    maps = []
    for each in figures:
        if values := each.of_classes():
            caption = f"{each.length} letters: pins told rightly, per cent, over all wheels."
            maps.append(
                heat_map_picture(
                    values, across="overlaps", down="non-shared lugs of the wheel", caption=caption
                )
            )
    return maps


def _class_table(figures: Sequence[Figures]) -> Table:
    return Table(
        columns=("letters", *(Column(f"wheel {wheel}", 4) for wheel in range(1, 7))),
        rows=tuple((each.length, *(each.class_mean(wheel) for wheel in range(1, 7))) for each in figures),
        caption="Mean over the classes of keys of a wheel, each class as heavy as another.",
        folded=True,
    )


def _lines(curve: Sequence[Mapping[str, Any]]) -> list[Any]:
    """Loss and accuracy by step, where there is more than one validation."""
    if len(curve) < 2:
        return []
    loss, accuracy = (
        [(float(each["step"]), float(each[what])) for each in curve] for what in ("loss", "accuracy")
    )
    steps = loss[0][0], loss[-1][0]
    right = {"keys set aside": accuracy, "guessing": [(step, CHANCE) for step in steps]}
    return [
        curve_picture("Loss on keys that it learns from", {"loss": loss}, x="step", y="loss"),
        curve_picture("Pins told rightly as it learns", right, x="step", y="pins right"),
    ]


def _curve(curve: Sequence[Mapping[str, Any]]) -> Table:
    return Table(
        columns=("step", "keys", Column("loss", 4), Column("pins right", 4), Column("lugs off by", 3)),
        rows=tuple(
            (each["step"], each["keys"], each["loss"], each["accuracy"], each["lug_error"]) for each in curve
        ),
        caption="Every validation, on keys of training that were set aside.",
        folded=len(curve) > 12,
    )
