"""Calibration: whether a score of 0.8 means eight in ten."""

from garrison.assurance.figure_names import CALIBRATIONS
from garrison.assurance.scorecard import Curve, Figure, Part
from garrison.evaluation import bootstrap_interval, calibration
from garrison.pipelines.judging.quality import REPEATS
from garrison.pipelines.judging.subject import Subject


def measure_calibration(subject: Subject) -> Part:
    """Expected calibration error, Brier score and log loss, with the curve they come from."""
    y, scores = subject.y, subject.scores
    figures = []
    for name in CALIBRATIONS:
        found = bootstrap_interval(name, y, scores, groups=subject.groups, repeats=REPEATS, seed=subject.seed)
        figures.append(
            Figure.measured(
                name,
                found.value,
                low=min(
                    found.low, found.value
                ),  # the bootstrap makes errors of calibration larger than they are
                high=max(found.high, found.value),
                protocol="all events",
                doubts=subject.flattered,
            )
        )
    curve = calibration(y, scores)
    points = tuple(zip(curve.score.tolist(), curve.share.tolist(), strict=True))
    return Part(
        name="calibration",
        title="Calibration",
        protocol=f"The share of malicious events in each slice of the score, at the base rate of these events "
        f"({y.mean():.1%}): where malicious events are rarer, scores have to be calibrated again.",
        figures=tuple(figures),
        curves=(
            Curve(
                title="Share of malicious events by score",
                x="mean score of a slice",
                y="share malicious",
                lines={"detector": points, "perfect": ((0.0, 0.0), (1.0, 1.0))},
            ),
        ),
    )
