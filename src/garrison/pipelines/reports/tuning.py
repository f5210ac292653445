"""The report page of a study: what was searched, what was found, and how to use it."""

import json
import shlex
from pathlib import Path

from garrison.assurance import (
    Badge,
    Block,
    CaveatList,
    CodeBlock,
    Column,
    KeyFigure,
    KeyFigures,
    Report,
    Section,
    Table,
    Text,
    parameter_importance_picture,
    render_report,
    tuning_history_picture,
)
from garrison.assurance.report.blocks import Cell, Tone
from garrison.detection import Tried, Tuned
from garrison.evaluation import metric
from garrison.pipelines.settings import DetectionSettings
from garrison.run.redaction import redact

SHOWN = 200
TONES: dict[str, Tone] = {"complete": "good", "pruned": "plain", "refused": "warn"}
PRUNED = "ended early"


def write_tuning_report(
    tuned: Tuned, settings: DetectionSettings, *, pipeline: str, best: Path, rows: int
) -> Path:
    """Write ``report.html`` beside the best settings; equal studies give equal pages."""
    first = tuned.trials[0]
    report = Report(
        title=f"{settings.name}: {tuned.family} tuned",
        subtitle=f"The best of {len(tuned.trials)} trials by {tuned.metric}, on folds of the training part.",
        facts=(
            ("data", redact(settings.ingestion.data or "")),
            ("rows learnt from", f"{rows:,}"),
            ("folds", f"{settings.training.folds}, by {settings.tuning.split}"),
            ("seed", str(settings.seed)),
            ("pruning", settings.tuning.pruning),
        ),
        sections=(
            Section(
                "Result", (_figures(tuned, first), *_use(tuned, settings, pipeline, best), _caveats(tuned))
            ),
            Section("Search", _search(tuned)),
            Section("Trials", (_trials(tuned),)),
        ),
    )
    return render_report(report, best.with_name("report.html"))


def _figures(tuned: Tuned, first: Tried) -> KeyFigures:
    whole = first.status == "complete" and first.value is not None
    return KeyFigures(
        (
            KeyFigure(tuned.metric, f"{tuned.value:.4f}", f"trial {tuned.best.place + 1}"),
            KeyFigure(
                "the defaults",
                f"{first.value:.4f}" if whole else "–",
                "trial 1",
            ),
            KeyFigure(PRUNED, str(tuned.pruned), f"of {len(tuned.trials)} trials"),
        )
    )


def _use(tuned: Tuned, settings: DetectionSettings, pipeline: str, best: Path) -> tuple[Block, ...]:
    data = shlex.quote(redact(settings.ingestion.data or "DATA"))
    run = f"garrison run {pipeline} --data {data}"
    params = json.dumps({tuned.family: tuned.params}, ensure_ascii=False)
    sets = [f"training.families=[{tuned.family}]", f"training.params={params}"]
    beside = " ".join(f"--set {shlex.quote(each)}" for each in sets)
    return (
        CodeBlock(f"{run} --config {shlex.quote(str(best))}", "Train with the best parameters."),
        CodeBlock(f"{run} --config YOURS.yml {beside}", "The same beside settings of your own."),
    )


def _caveats(tuned: Tuned) -> CaveatList:
    said = [
        f"The best of {len(tuned.trials)} trials was chosen by this very value, which flatters it; a run with "
        "these parameters judges them on the test part, which no trial saw."
    ]
    refused = [each for each in tuned.trials if each.status == "refused"]
    if refused:
        said.append(f"{len(refused)} trials were refused, the first because: {refused[0].reason}")
    return CaveatList(tuple(said))


def _search(tuned: Tuned) -> tuple[Block, ...]:
    history = tuning_history_picture(
        [(each.value, each.status == "complete") for each in tuned.trials],
        metric=tuned.metric,
        greater_is_better=metric(tuned.metric).greater_is_better,
    )
    if not tuned.importance:
        return (history, Text("Too few trials came to their end to say which parameters mattered."))
    return history, parameter_importance_picture(tuned.importance)


def _trials(tuned: Tuned) -> Table:
    names = list(tuned.best.params)
    shown = tuned.trials[:SHOWN]
    more = f"; the first {SHOWN} of {len(tuned.trials)}" if len(tuned.trials) > SHOWN else ""
    return Table(
        columns=(Column("trial", 0), "how it ended", Column(tuned.metric, 4), Column("folds", 0), *names),
        rows=tuple(
            (
                each.place + 1,
                Badge(PRUNED if each.status == "pruned" else each.status, TONES[each.status]),
                each.value,
                len(each.folds),
                *(_cell(each.params.get(name)) for name in names),
            )
            for each in shown
        ),
        caption=f"Every trial, in their order{more}.",
        strong=frozenset(place for place, each in enumerate(shown) if each == tuned.best),
        folded=len(shown) > 30,
    )


def _cell(value: object) -> Cell:
    return value if value is None or isinstance(value, str | int | float) else json.dumps(value)
