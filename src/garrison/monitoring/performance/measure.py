"""A log of scored events, measured batch by batch."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from garrison.errors import DataError
from garrison.monitoring.calibration import Calibration
from garrison.monitoring.performance.estimate import Estimate
from garrison.monitoring.performance.late_labels import LateLabels
from garrison.monitoring.performance.parts import Part, PartFacts, Parts, estimates_of, measures_of
from garrison.monitoring.scored import Logged

CBPE = (
    "estimated quality supposes that a score means what it meant in training: it allows for other events, and cannot "
    "see that what is malicious has changed"
)
CONTRADICTORY = "{:,} event id(s) came with both labels; the last one of the file counts"
FEW = "{:,} of {:,} scored rows have a label: what is known of those need not hold for the others"


@dataclass(frozen=True)
class Performance:
    """What a log says of a live detector.

    ``first`` and ``last`` are the times of its first and last event, UTC. ``rows`` are in the log; ``measures`` are
    those of ``measures_of``, over all of it. ``estimated`` are the metrics while labels are missing, over all rows;
    ``true`` those of the rows with a label, and ``estimated_of_labelled`` what was estimated for the same rows. Empty
    where nothing is known. ``parts`` are pieces of equal length.
    """

    first: np.datetime64
    last: np.datetime64
    rows: int
    measures: Mapping[str, float]
    estimated: Mapping[str, Estimate]
    true: Mapping[str, float]
    estimated_of_labelled: Mapping[str, Estimate]
    parts: tuple[PartFacts, ...]
    caveats: tuple[str, ...]

    def error_of_estimate(self, metric: str) -> float:
        """The estimated value less the true one, over the same rows; NaN where one of them is not known."""
        if metric not in self.true or metric not in self.estimated_of_labelled:
            return math.nan
        return self.estimated_of_labelled[metric].value - self.true[metric]

    def to_dict(self) -> dict[str, Any]:
        """As JSON values; what says nothing is None."""
        return {
            "first": f"{self.first}Z",
            "last": f"{self.last}Z",
            "rows": self.rows,
            "measures": {name: _known(value) for name, value in self.measures.items()},
            "estimated": {name: _estimate(each) for name, each in self.estimated.items()},
            "true": {name: _known(value) for name, value in self.true.items()},
            "estimated_of_labelled": {
                name: _estimate(each) for name, each in self.estimated_of_labelled.items()
            },
            "error_of_estimate": {name: _known(self.error_of_estimate(name)) for name in self.true},
            "parts": [part.to_dict() for part in self.parts],
            "caveats": list(self.caveats),
        }


def measure_performance(
    log: Iterable[Logged], *, calibration: Calibration | None = None, labels: LateLabels | None = None
) -> Performance:
    """Measure a log; memory is bounded by a batch and the labels.

    ``calibration`` is what the detector's reference keeps (without it nothing is estimated), ``labels`` is the truth
    as far as it is known. ``DataError`` where the log is empty.
    """
    parts = Parts(calibration, labels)
    first = last = None
    for batch in log:
        parts.add(batch)
        first = batch.at.min() if first is None else min(first, batch.at.min())
        last = batch.at.max() if last is None else max(last, batch.at.max())
    if first is None or last is None:
        raise DataError("the log has no event", expected="one scored event or more")
    whole = parts.whole()
    seconds = max(float((last - first) / np.timedelta64(1, "s")), 1.0)
    return Performance(
        first=first,
        last=last,
        rows=whole.rows,
        measures=measures_of(whole, seconds),
        estimated=estimates_of(whole.expected),
        true=whole.true.metrics() if whole.true.rows else {},
        estimated_of_labelled=estimates_of(whole.expected_labelled),
        parts=tuple(
            PartFacts(start, parts.seconds, measures_of(part, parts.seconds))
            for start, part in parts.in_order()
        ),
        caveats=tuple(_caveats(whole, labels)),
    )


def _caveats(whole: Part, labels: LateLabels | None) -> Iterable[str]:
    scored = 0 if whole.expected is None else whole.expected.rows
    labelled = whole.true.rows
    if scored:
        yield CBPE
    if labels is not None and labels.contradictory:
        yield CONTRADICTORY.format(labels.contradictory)
    if labelled and scored and labelled < scored:
        yield FEW.format(labelled, scored)


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _estimate(estimate: Estimate) -> dict[str, float | None]:
    return {"value": _known(estimate.value), "low": _known(estimate.low), "high": _known(estimate.high)}
