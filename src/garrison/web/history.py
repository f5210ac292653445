"""What the service counted over the last minutes: the counters of ``/metrics``, looked at again and again."""

import math
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from prometheus_client import Counter, Histogram

from garrison.serving.http.metrics import Metrics

STEP_SECONDS = 2.0
KEPT_SECONDS = 600.0

Buckets = tuple[tuple[float, float], ...]
"""The upper bounds of a histogram, and how many lie at or below each."""


@dataclass(frozen=True)
class Moment:
    """The counters at one time, by model, route or field; ``at`` in seconds of a clock that only rises."""

    at: float
    scored: Mapping[str, float]
    flagged: Mapping[str, float]
    refused: Mapping[tuple[str, str], float]
    scores: Mapping[str, Buckets]
    latency: Mapping[str, Buckets]
    failed: float


class History:
    """Looks at the counters, and remembers them for ten minutes in memory.

    >>> metrics, now = Metrics(), [0.0]
    >>> history = History(metrics, clock=lambda: now[0])
    >>> history.look()
    >>> metrics.scored.labels("threats", "1", "yes").inc(8)
    >>> now[0] = 4.0
    >>> history.look()
    >>> history.rate("threats", seconds=60), history.rate("threats", seconds=60, flagged=True)
    (2.0, 2.0)
    """

    def __init__(
        self, metrics: Metrics, *, step: float = STEP_SECONDS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.step = step
        self._metrics = metrics
        self._clock = clock
        self._moments: deque[Moment] = deque(maxlen=round(KEPT_SECONDS / step) + 1)

    def look(self) -> None:
        """Remember what is counted now."""
        self._moments.append(_moment(self._metrics, self._clock()))

    def over(self, seconds: float) -> tuple[Moment, Moment]:
        """The first moment of the last ``seconds`` that is remembered, and the last one; looks where there is none."""
        moments = self._all()
        last = moments[-1]
        return next(each for each in moments if each.at >= last.at - seconds), last

    def rate(self, model: str, *, seconds: float, flagged: bool = False) -> float:
        """Events a second over the last ``seconds``, or flagged ones."""
        first, last = self.over(seconds)
        return _rate(first, last, model, flagged)

    def timeline(self, model: str, *, parts: int) -> tuple[list[float], list[float], float]:
        """Events and flagged events a second, in ``parts`` of the time that is remembered, and its seconds."""
        moments = self._all()
        begin, end = moments[0].at, moments[-1].at
        edges = [
            min(moments, key=lambda each: abs(each.at - (begin + (end - begin) * part / parts)))
            for part in range(parts + 1)
        ]
        pairs = [(one, other) for one, other in pairwise(edges) if other.at > one.at]
        return (
            [_rate(one, other, model, False) for one, other in pairs],
            [_rate(one, other, model, True) for one, other in pairs],
            end - begin,
        )

    def _all(self) -> Sequence[Moment]:
        if not self._moments:
            self.look()
        return tuple(self._moments)


def since(first: Buckets | None, last: Buckets | None) -> Buckets:
    """What came between two moments, bucket by bucket."""
    if last is None:
        return ()
    before = dict(first or ())
    return tuple((bound, count - before.get(bound, 0.0)) for bound, count in last)


def quantile(buckets: Buckets, share: float) -> float:
    """The value below which that share lies, in a straight line inside a bucket; NaN where nothing was counted.

    >>> quantile(((0.1, 50.0), (0.2, 100.0), (math.inf, 100.0)), 0.75)
    0.15000000000000002
    """
    total = buckets[-1][1] if buckets else 0.0
    if not total:
        return math.nan
    wanted, low, below = share * total, 0.0, 0.0
    for bound, count in buckets:
        if count >= wanted:
            if math.isinf(bound):
                return low
            return low + (bound - low) * (wanted - below) / max(count - below, 1e-12)
        low, below = bound, count
    return low


def _rate(first: Moment, last: Moment, model: str, flagged: bool) -> float:
    seconds = last.at - first.at
    counts = [each.flagged if flagged else each.scored for each in (first, last)]
    return (counts[1].get(model, 0.0) - counts[0].get(model, 0.0)) / seconds if seconds else 0.0


def _moment(metrics: Metrics, at: float) -> Moment:
    scored: dict[str, float] = {}
    flagged: dict[str, float] = {}
    for labels, value in _counts(metrics.scored):
        scored[labels["model"]] = scored.get(labels["model"], 0.0) + value
        if labels["flagged"] == "yes":
            flagged[labels["model"]] = flagged.get(labels["model"], 0.0) + value
    refused = {(each["model"], each["field"]): value for each, value in _counts(metrics.refused)}
    failed = sum(value for each, value in _counts(metrics.requests) if each["status"].startswith("5"))
    return Moment(
        at,
        scored,
        flagged,
        refused,
        _buckets(metrics.scores, "model"),
        _buckets(metrics.seconds, "route"),
        failed,
    )


def _counts(counter: Counter) -> list[tuple[dict[str, str], float]]:
    (family,) = counter.collect()
    return [(each.labels, each.value) for each in family.samples if each.name.endswith("_total")]


def _buckets(histogram: Histogram, label: str) -> dict[str, Buckets]:
    (family,) = histogram.collect()
    found: dict[str, list[tuple[float, float]]] = {}
    for each in family.samples:
        if each.name.endswith("_bucket"):
            found.setdefault(each.labels[label], []).append((float(each.labels["le"]), each.value))
    return {name: tuple(sorted(pairs)) for name, pairs in found.items()}
