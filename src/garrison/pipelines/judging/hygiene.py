"""Hygiene: what would make the figures untrue, in the data at hand and in those it was trained on."""

import numpy as np
import pyarrow as pa

from garrison.assurance.scorecard import Doubt, Figure, Part
from garrison.data.hygiene import inspect_hygiene
from garrison.data.row_codes import row_codes
from garrison.evaluation import wilson
from garrison.pipelines.judging.subject import Subject
from garrison.pipelines.privacy.sides import sides_of_run
from garrison.run.fingerprint import table_fingerprint

SEEN = "trained_on_these_rows"


def measure_hygiene(subject: Subject) -> Part:
    """The caveats of the detector's own training, those of the data at hand, and whether both are the same rows."""
    schema = subject.detector.schema
    found = inspect_hygiene(subject.table, schema)
    told = tuple(dict.fromkeys((*subject.detector.caveats, *(caveat.text for caveat in found.caveats))))
    return Part(
        name="hygiene",
        title="Hygiene of the data",
        protocol="Caveats kept with the detector, and those of the events at hand: repeated and contradictory rows, "
        "columns that are constant, or tell the classes apart alone (Arp et al., USENIX Security 2022).",
        figures=(
            *_seen_rows(subject),
            Figure.measured(
                "hygiene.caveats",
                len(told),
                protocol=f"{len(subject.detector.caveats)} of training, {len(found.caveats)} of these events",
            ),
        ),
        notes=told,
        doubts=_seen(subject),
    )


def _seen_rows(subject: Subject) -> tuple[Figure, ...]:
    """How many of the events equal a row that was learnt from, where the run that trained the model is known."""
    sides = sides_of_run(subject.watched, workspace=subject.workspace)
    if sides is None:
        return ()
    names = (*subject.detector.schema.feature_names,)
    learnt = sides.table.filter(pa.array(sides.learnt)).select(names)
    both = pa.concat_tables([learnt, subject.table.select(names).cast(learnt.schema)])
    codes = row_codes(both, names)
    seen = np.isin(codes[learnt.num_rows :], codes[: learnt.num_rows])
    low, high = wilson(seen.mean(), len(seen))
    return (
        Figure.measured(
            "hygiene.seen_rows",
            float(seen.mean()),
            low=float(low),
            high=float(high),
            protocol=f"features equal to one of {learnt.num_rows:,} training rows; Wilson interval",
        ),
    )


def _seen(subject: Subject) -> tuple[Doubt, ...]:
    if table_fingerprint(subject.table) != subject.detector.training_fingerprint:
        return ()
    return (
        Doubt(
            name=SEEN,
            why="these are the very rows that the detector learnt from: quality and robustness are flattered",
        ),
    )
