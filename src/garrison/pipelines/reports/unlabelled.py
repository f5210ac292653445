"""The report page of a detector that was trained without labels."""

from pathlib import Path

import numpy as np
import pyarrow as pa

from garrison.assurance import (
    Block,
    CaveatList,
    Column,
    KeyFigure,
    KeyFigures,
    Report,
    Section,
    Table,
    Text,
    contributions_picture,
    render_report,
)
from garrison.detection import load_detector
from garrison.evaluation import contributions
from garrison.pipelines.reports.attacks import contribution_blocks
from garrison.pipelines.settings import DetectionSettings
from garrison.pipelines.stages.unlabelled import UnlabelledEvents, UnlabelledModel
from garrison.run.folder import RunFolder

SHOWN_EVENTS = 10
EXPLAINED_EVENTS = 100
BACKGROUND_EVENTS = 100
MOST_EVALUATIONS = 200_000


def write_unlabelled_report(
    settings: DetectionSettings, events: UnlabelledEvents, model: UnlabelledModel, *, run: RunFolder
) -> Path:
    """Write ``report.html`` into the run's folder: what is flagged, which events are most unusual, and why."""
    path = run.path / "report.html"
    caveats = (*events.caveats, *(caveat["text"] for caveat in events.hygiene["caveats"]))
    render_report(
        Report(
            title=f"{settings.name}: {model.family}",
            subtitle="trained without labels; experimental",
            facts=(
                ("run", run.id),
                ("data", events.origin),
                ("events", f"{events.rows:,}"),
                ("seed", str(settings.seed)),
            ),
            sections=(
                Section(
                    "What is flagged",
                    (
                        KeyFigures(
                            (
                                KeyFigure("threshold", f"{model.threshold:.4f}", "score in [0, 1]"),
                                KeyFigure("flagged", f"{model.flagged:.2%}", "of the events set aside"),
                                KeyFigure("refused", f"{events.refused:,}", "rows in the quarantine"),
                            )
                        ),
                        Text(
                            f"Learnt from {events.rows - events.later_rows:,} events; the threshold lies where the "
                            f"most unusual of {events.later_rows:,} events that stood aside are flagged."
                        ),
                    ),
                ),
                Section("Caveats", (CaveatList(caveats),)),
                Section("The most unusual events", (_unusual(events, model),)),
                Section("What makes them unusual", _why(settings, events, model)),
            ),
        ),
        path,
    )
    return path


def _scores(model: UnlabelledModel) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    scores: np.ndarray[tuple[int], np.dtype[np.float64]] = np.load(model.folder / "later_p.npy")
    return scores


def _unusual(events: UnlabelledEvents, model: UnlabelledModel) -> Table:
    scores, later = _scores(model), events.table("later")
    first = np.argsort(-scores, kind="stable")[:SHOWN_EVENTS]
    detector = load_detector(model.folder / "detector")
    names = [
        column.name for column in detector.schema.kept(with_label=False) if column.name in later.column_names
    ]
    rows = later.select(names).take(pa.array(first)).to_pylist()
    return Table(
        columns=(Column("score", 4), *names),
        rows=tuple(
            (float(scores[place]), *("" if row[name] is None else str(row[name]) for name in names))
            for place, row in zip(first, rows, strict=True)
        ),
        caption=f"The {len(rows)} highest scores of the events that stood aside",
    )


def _why(settings: DetectionSettings, events: UnlabelledEvents, model: UnlabelledModel) -> tuple[Block, ...]:
    detector = load_detector(model.folder / "detector")
    scores, processor = _scores(model), detector.processor
    first = np.argsort(-scores, kind="stable")[:EXPLAINED_EVENTS]
    later = processor.transform(events.table("later"))[first]
    train = processor.transform(events.table("train"))
    chosen = np.random.default_rng(settings.seed).permutation(len(train))[:BACKGROUND_EVENTS]
    found = contributions(
        detector.model.score,
        later,
        background=train[np.sort(chosen)],
        names=processor.names,
        permutations=16,
        seed=settings.seed,
        most_evaluations=MOST_EVALUATIONS,
    )
    return contribution_blocks(found, contributions_picture(found))
