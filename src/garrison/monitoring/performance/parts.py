"""A log cut into parts of equal length, as many as a picture shows, however long the log is."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from garrison.monitoring.calibration import Calibration
from garrison.monitoring.performance.estimate import Estimate, ExpectedCounts
from garrison.monitoring.performance.late_labels import LateLabels
from garrison.monitoring.performance.quality import TrueCounts
from garrison.monitoring.scored import Logged
from garrison.monitoring.sketches import QuantileSketch

MOST_PARTS = 48

PERCENTILES = (0.5, 0.9, 0.99, 0.999)


@dataclass
class Part:
    """What happened in a part of the log; ``events`` counts a row of a sample by what it stands for."""

    rows: int = 0
    events: float = 0.0
    failed: float = 0.0
    flagged: float = 0.0
    latency: QuantileSketch = field(default_factory=lambda: QuantileSketch(size=1024))
    slowest: float = 0.0
    expected: ExpectedCounts | None = None
    expected_labelled: ExpectedCounts | None = None
    true: TrueCounts = field(default_factory=TrueCounts)

    @classmethod
    def begun(cls, calibration: Calibration | None) -> "Part":
        """A part without rows; quality is estimated by ``calibration``, where there is one."""
        if calibration is None:
            return cls()
        return cls(expected=ExpectedCounts(calibration), expected_labelled=ExpectedCounts(calibration))

    def add(self, logged: Logged, labels: LateLabels | None) -> None:
        """Take in rows of the log."""
        self.rows += len(logged)
        self.events += float(logged.weight.sum())
        self.failed += float(logged.weight[logged.failed].sum())
        self.flagged += float(logged.weight[logged.flagged].sum())
        latency = logged.latency[np.isfinite(logged.latency)]
        self.latency.add(latency)
        self.slowest = max(self.slowest, float(latency.max(initial=0.0)))
        scored = np.isfinite(logged.scores)
        if not scored.any():
            return
        scores, flagged, weight = logged.scores[scored], logged.flagged[scored], logged.weight[scored]
        if self.expected is not None:
            self.expected.add(scores, flagged, weight)
        if labels is None:
            return
        known, y = labels.find([logged.ids[place] for place in np.flatnonzero(scored).tolist()])
        self.true.add(scores[known], flagged[known], y, weight[known])
        if self.expected_labelled is not None:
            self.expected_labelled.add(scores[known], flagged[known], weight[known])

    def merge(self, other: "Part") -> None:
        """Take in the rows of another part."""
        self.rows += other.rows
        self.events += other.events
        self.failed += other.failed
        self.flagged += other.flagged
        self.latency.merge(other.latency)
        self.slowest = max(self.slowest, other.slowest)
        if self.expected is not None and other.expected is not None:
            self.expected.merge(other.expected)
        if self.expected_labelled is not None and other.expected_labelled is not None:
            self.expected_labelled.merge(other.expected_labelled)
        self.true.merge(other.true)


@dataclass(frozen=True)
class PartFacts:
    """A part in numbers: its start and length, and the measures of ``measures_of``."""

    start: np.datetime64
    seconds: int
    measures: Mapping[str, float]

    def to_dict(self) -> dict[str, Any]:
        """As JSON values; what says nothing is None."""
        facts = {name: value if np.isfinite(value) else None for name, value in self.measures.items()}
        return {"start": f"{self.start}Z", "seconds": self.seconds, **facts}


class Parts:
    """A log in at most ``most`` parts of equal length, a power of two of seconds, that grows with the log."""

    def __init__(
        self, calibration: Calibration | None, labels: LateLabels | None, *, most: int = MOST_PARTS
    ) -> None:
        self.seconds = 1
        self._most = most
        self._parts: dict[int, Part] = {}
        self._calibration, self._labels = calibration, labels

    def add(self, logged: Logged) -> None:
        """Take in rows of the log, in any order."""
        moments = logged.at.astype("datetime64[s]").astype(np.int64)
        ends = [int(moments.min()), int(moments.max()), *(key * self.seconds for key in self._parts)]
        while max(ends) // self.seconds - min(ends) // self.seconds >= self._most:
            self._double()
        keys = moments // self.seconds
        for key in np.unique(keys).tolist():
            chosen = _chosen(logged, keys == key)
            if key not in self._parts:
                self._parts[key] = Part.begun(self._calibration)
            self._parts[key].add(chosen, self._labels)

    def whole(self) -> Part:
        """All parts together."""
        whole = Part.begun(self._calibration)
        for part in self._parts.values():
            whole.merge(part)
        return whole

    def in_order(self) -> list[tuple[np.datetime64, Part]]:
        """The start of each part that has rows, UTC, and the part."""
        return [(np.datetime64(key * self.seconds, "s"), part) for key, part in sorted(self._parts.items())]

    def _double(self) -> None:
        self.seconds *= 2
        merged: dict[int, Part] = {}
        for key, part in self._parts.items():
            if (held := merged.get(key // 2)) is None:
                merged[key // 2] = part
            else:
                held.merge(part)
        self._parts = merged


def estimates_of(expected: ExpectedCounts | None) -> dict[str, Estimate]:
    """What is estimated by some rows; nothing where there is nothing to estimate by, or no row."""
    return {} if expected is None or not expected.rows else expected.metrics()


def measures_of(part: Part, seconds: float) -> dict[str, float]:
    """The measures of a part that lasted so long, by the names that rules and reports know them by.

    ``latency_*_ms`` are milliseconds, ``events_per_second`` and shares what they say, ``estimated_*`` and ``true_*``
    the metrics of quality; NaN where something is not known.
    """
    latency = {f"latency_p{share * 100:g}_ms": part.latency.quantile(share) * 1_000 for share in PERCENTILES}
    estimated, true = estimates_of(part.expected), part.true.metrics()
    return {
        "events": part.events,
        "events_per_second": part.events / seconds,
        "error_share": part.failed / part.events if part.events else float("nan"),
        "flagged_share": part.flagged / part.events if part.events else float("nan"),
        **latency,
        "latency_max_ms": part.slowest * 1_000,
        **{f"estimated_{name}": estimated[name].value if name in estimated else math.nan for name in true},
        "labelled": float(part.true.rows),
        **{f"true_{name}": value for name, value in true.items()},
    }


def _chosen(logged: Logged, rows: NDArray[np.bool_]) -> Logged:
    if rows.all():
        return logged
    places = np.flatnonzero(rows).tolist()
    return Logged(
        ids=tuple(logged.ids[place] for place in places),
        at=logged.at[rows],
        scores=logged.scores[rows],
        flagged=logged.flagged[rows],
        latency=logged.latency[rows],
        failed=logged.failed[rows],
        weight=logged.weight[rows],
        features=(),
    )
