"""Quality: every metric at the detector's own threshold, or at a stated rate of false alarms."""

from garrison.assurance.scorecard import Curve, Doubt, Figure, Grid, Part
from garrison.evaluation import bootstrap_interval, by_attack, confusion, roc
from garrison.pipelines.judging.subject import FEWEST, Subject

METRICS = (
    "accuracy",
    "precision",
    "recall",
    "f1",
    "auc",
    "average_precision",
    "recall@fpr=0.01",
    "recall@fpr=0.001",
)
REPEATS = 200
POINTS = 60
"""Points of the curve, at most."""

TOO_FEW = "too_few_samples"
FEW_NEGATIVES = "too_few_benign"


def measure_quality(subject: Subject) -> Part:
    """The metrics of the data at hand, with bootstrap intervals over groups of rows."""
    y, scores, at = subject.y, subject.scores, subject.threshold
    doubts = (*_few(subject), *subject.flattered)
    figures = []
    for name in dict.fromkeys((*METRICS, *subject.asked_in("quality"))):
        found = bootstrap_interval(
            name, y, scores, groups=subject.groups, threshold=at, repeats=REPEATS, seed=subject.seed
        )
        how = "highest recall at that rate of false alarms" if "@" in name else f"threshold {at:.4f}"
        if name in ("auc", "average_precision"):
            how = "all thresholds"
        figures.append(
            Figure.measured(
                name,
                found.value,
                low=found.low,
                high=found.high,
                protocol=how,
                doubts=(*doubts, *_no_such_rate(name, subject)),
            )
        )
    counted = confusion(y, scores, threshold=at)
    cells = Grid(
        title="What was flagged at the threshold",
        columns=("", "flagged", "passed"),
        rows=(
            ("malicious", counted.true_positives, counted.false_negatives),
            ("benign", counted.false_positives, counted.true_negatives),
        ),
    )
    return Part(
        name="quality",
        title="Quality at the operating point",
        protocol=f"{len(y):,} labelled events, {int(y.sum()):,} of them malicious, scored once; intervals: bootstrap "
        f"of groups of rows, {REPEATS} samples. Worth something only if the detector has not learnt from these events.",
        figures=tuple(figures),
        curves=(_roc(subject),),
        tables=(cells, *_by_attack(subject)),
    )


def _few(subject: Subject) -> tuple[Doubt, ...]:
    count = int(subject.y.sum())
    if count >= FEWEST:
        return ()
    return (Doubt(name=TOO_FEW, why=f"{count} malicious events, fewer than {FEWEST}"),)


def _no_such_rate(name: str, subject: Subject) -> tuple[Doubt, ...]:
    """A rate of false alarms below one benign event cannot be told from none."""
    if "@fpr=" not in name:
        return ()
    rate, benign = float(name.partition("=")[2]), int((~subject.y).sum())
    if rate * benign >= 1:
        return ()
    why = f"{name}: of {benign:,} benign events not one may be flagged at this rate"
    return (Doubt(name=FEW_NEGATIVES, why=why),)


def _roc(subject: Subject) -> Curve:
    curve = roc(subject.y, subject.scores)
    points = list(zip(curve.false_positive_rate.tolist(), curve.recall.tolist(), strict=True))
    step = max(1, len(points) // POINTS)
    kept = [*points[::step], points[-1]]
    return Curve(
        title="Recall against false alarms",
        x="benign events flagged",
        y="malicious events flagged",
        lines={"detector": tuple(dict.fromkeys(kept))},
    )


def _by_attack(subject: Subject) -> tuple[Grid, ...]:
    names = subject.detector.schema.attack_names(subject.table)
    if names is None:
        return ()
    rows = by_attack(
        subject.y,
        subject.scores,
        names,
        threshold=subject.threshold,
        groups=subject.groups,
        repeats=REPEATS,
        seed=subject.seed,
    )
    return (
        Grid(
            title="By kind of attack",
            columns=("kind", "rows", "recall", "low", "high"),
            rows=tuple(
                (row.attack, row.rows, row.recall.value, row.recall.low, row.recall.high) for row in rows
            ),
        ),
    )
