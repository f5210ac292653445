"""Hygiene: what would make the figures untrue, in the data at hand and in those it was trained on."""

from garrison.assurance.scorecard import Figure, Part
from garrison.data.hygiene import inspect_hygiene
from garrison.evaluation import share_interval
from garrison.pipelines.judging.subject import Subject


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
                protocol=f"{len(subject.detector.caveats)} of training, {len(found.caveats)} of these events, "
                "equal ones counted once",
            ),
        ),
        notes=told,
        doubts=subject.flattered,
    )


def _seen_rows(subject: Subject) -> tuple[Figure, ...]:
    """How many of the events equal a row that was learnt from, where the run that trained the model is known."""
    if subject.seen is None:
        return ()
    share = float(subject.seen.mean())
    found = share_interval(subject.seen, groups=subject.groups, seed=subject.seed)
    return (
        Figure.measured(
            "hygiene.seen_rows",
            share,
            low=found.low,
            high=found.high,
            protocol=f"features equal to those of a training row; interval: {found.method}",
        ),
    )
