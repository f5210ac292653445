"""Has what comes in changed since training? Every column and the scores held against their reference.

A column has drifted when two things hold: its p-value, corrected for the number of tests, is at or under ``alpha``,
and at least one of the statistics says that the change is large enough to matter. Without the second, a million rows
would make every column drift; without the first, fifty rows would.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from garrison.errors import DataError, SettingsError
from garrison.evaluation.drift import Correction, corrected_p, shares_change
from garrison.monitoring.categories import Categories
from garrison.monitoring.cells import Numbers
from garrison.monitoring.current import Current
from garrison.monitoring.reference import Summary
from garrison.monitoring.shape import Shape, shape_of
from garrison.monitoring.statistics import CATEGORY, NUMERIC, Found

SCORE = "score"
"""What the detector's score is called among the columns."""

FROM_A_LOG = (
    "these are events of a log: what a detector derives itself, as the past behaviour of a source, is not in it and "
    "was not compared"
)
BURSTS = (
    "p-values hold for rows that come independently of each other; network events come in bursts, so that the size of "
    "a change says more than its p-value"
)
"""What limits a comparison, in words."""

MISSING = "missing"
LEAST_MISSING = 0.05

FLOORS: dict[str, float] = {
    **{statistic.name: statistic.least for statistic in (*NUMERIC, *CATEGORY)},
    MISSING: LEAST_MISSING,
}
"""By statistic: from where on a change matters, unless the settings say otherwise."""

TITLES: dict[str, str] = {
    **{statistic.name: statistic.title for statistic in (*NUMERIC, *CATEGORY)},
    MISSING: "change in missing values",
}


@dataclass(frozen=True)
class DriftRule:
    """When a column has drifted.

    ``alpha`` bounds the chance of any false alarm over all columns of a check together ("holm", "bonferroni"), or the
    expected share of false alarms among the alarms ("benjamini-hochberg"), for rows that come independently. ``least``
    are the changes that matter, by statistic; what it does not name is as in ``FLOORS``. With fewer than
    ``least_rows`` rows nothing is judged.
    """

    alpha: float = 0.01
    correction: Correction = "holm"
    least: Mapping[str, float] = field(default_factory=dict)
    least_rows: int = 50

    def __post_init__(self) -> None:
        if not 0 < self.alpha < 1:
            raise SettingsError(
                f"an alpha of {self.alpha:g}", where="drift", expected="a rate between 0 and 1"
            )
        for name, floor in self.least.items():
            if name not in FLOORS or not floor >= 0:
                raise SettingsError(
                    f"drift.least: {name}={floor}",
                    expected="a number of at least 0 for one of " + ", ".join(FLOORS),
                )

    def floor(self, statistic: str) -> float:
        """From where on a change matters by this statistic."""
        return self.least.get(statistic, FLOORS[statistic])


@dataclass(frozen=True)
class Effect:
    """How far a column has moved by one statistic, and whether that matters."""

    statistic: str
    value: float
    least: float

    @property
    def large(self) -> bool:
        """Whether the change matters."""
        return self.value >= self.least


@dataclass(frozen=True)
class ColumnDrift:
    """What was found of one column. ``new`` are values that the reference does not name, with their rows."""

    name: str
    kind: str
    p: float
    p_missing: float
    effects: tuple[Effect, ...]
    missing: Effect
    missing_reference: float
    missing_current: float
    new: tuple[tuple[str, int], ...]
    drifted: bool
    why: str
    shape: Shape

    def effect(self, statistic: str) -> float:
        """The value of one statistic; NaN where the column has none of that name."""
        return next((each.value for each in self.effects if each.statistic == statistic), float("nan"))

    @property
    def severity(self) -> float:
        """The largest effect as a multiple of what matters by it; 1 and above matters."""
        return max(
            (each.value / each.least if each.least else each.value for each in (*self.effects, self.missing)),
            default=0.0,
        )

    def to_dict(self) -> dict[str, Any]:
        """As JSON values; p-values are corrected."""
        return {
            "name": self.name,
            "kind": self.kind,
            "p": self.p,
            "p_missing": self.p_missing,
            "effects": {each.statistic: each.value for each in self.effects},
            "missing": {"reference": self.missing_reference, "current": self.missing_current},
            "new_values": [{"value": value, "rows": rows} for value, rows in self.new],
            "drifted": self.drifted,
            "why": self.why,
            "shape": self.shape.to_dict(),
        }


@dataclass(frozen=True)
class Drift:
    """What was found of all columns, ``columns[0]`` being the score where there were scores; see ``DriftRule``.

    ``absent`` are columns of the reference that did not come. ``flagged`` are the shares of rows at or above the
    threshold, of the reference and now; None without scores.
    """

    columns: tuple[ColumnDrift, ...]
    absent: tuple[str, ...]
    rule: DriftRule
    reference_rows: int
    rows: int
    flagged: tuple[float, float] | None
    caveats: tuple[str, ...] = ()

    @property
    def judged(self) -> bool:
        """Whether there were rows enough to say anything."""
        return self.rows >= self.rule.least_rows

    @property
    def drifted(self) -> tuple[ColumnDrift, ...]:
        """The columns that drifted, the largest change first."""
        return tuple(
            sorted(
                (each for each in self.columns if each.drifted), key=lambda each: (-each.severity, each.name)
            )
        )

    @property
    def verdict(self) -> str:
        """One line: what was found."""
        if not self.judged:
            return f"not judged: {self.rows:,} rows, and {self.rule.least_rows:,} are needed"
        found = self.drifted
        if not found:
            return f"no drift: none of {len(self.columns)} columns has moved far enough to matter"
        names = ", ".join(each.name for each in found[:5]) + (
            f" and {len(found) - 5} more" if found[5:] else ""
        )
        return f"drift: {len(found)} of {len(self.columns)} columns have moved: {names}"

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "verdict": self.verdict,
            "drifted": [each.name for each in self.drifted],
            "rows": self.rows,
            "reference_rows": self.reference_rows,
            "alpha": self.rule.alpha,
            "correction": self.rule.correction,
            "least": {name: self.rule.floor(name) for name in FLOORS},
            "flagged": None
            if self.flagged is None
            else dict(zip(("reference", "current"), self.flagged, strict=True)),
            "absent": list(self.absent),
            "caveats": list(self.caveats),
            "columns": [each.to_dict() for each in self.columns],
        }


def find_drift(current: Current, rule: DriftRule | None = None, *, caveats: tuple[str, ...] = ()) -> Drift:
    """Hold what was counted against its reference; ``DataError`` when nothing was counted.

    >>> from garrison.monitoring.reference import ReferenceMaker
    >>> rng = np.random.default_rng(0)
    >>> maker = ReferenceMaker()
    >>> maker.add({"bytes": rng.normal(size=5000), "port": rng.normal(size=5000)})
    >>> current = Current(maker.reference())
    >>> current.add({"bytes": rng.normal(0.5, 1, size=5000), "port": rng.normal(size=5000)})
    >>> drift = find_drift(current)
    >>> drift.verdict, round(drift.columns[0].effect("wasserstein"), 1)
    ('drift: 1 of 2 columns have moved: bytes', 0.5)
    """
    rule = rule or DriftRule()
    reference = current.reference
    if not current.rows:
        raise DataError("there are no rows to hold against the reference", expected="one row or more")
    sides = _sides(current)
    measured = [_measured(old, new) for _, old, new in sides]
    p = [
        (_tested(effects), _missing_p(old, new))
        for effects, (_, old, new) in zip(measured, sides, strict=True)
    ]
    # A column without any missing value on either side is not tested for them.
    made = np.array([value is not None for pair in p for value in pair])
    corrected = np.ones(len(made))
    corrected[made] = corrected_p(
        np.array([value for pair in p for value in pair if value is not None]), rule.correction
    )
    columns = tuple(
        _judged(side, effects, pair, rule, judge=current.rows >= rule.least_rows)
        for side, effects, pair in zip(sides, measured, corrected.reshape(-1, 2), strict=True)
    )
    scores = reference.scores
    return Drift(
        columns,
        tuple(name for name in reference.columns if name not in {each.name for each in columns}),
        rule,
        reference.rows,
        current.rows,
        (scores.flagged, current.flagged / current.rows) if scores and current.scores() else None,
        caveats,
    )


def _sides(current: Current) -> list[tuple[str, Summary, Summary]]:
    """What is compared: the score first, then the columns that came."""
    found: list[tuple[str, Summary, Summary]] = []
    scores, known = current.scores(), current.reference.scores
    if scores is not None and known is not None:
        found.append((SCORE, known.numbers, scores))
    columns = current.columns()
    found += [(name, current.reference.columns[name], summary) for name, summary in columns.items()]
    return found


def _measured(old: Summary, new: Summary) -> list[tuple[str, Found]]:
    """What each statistic found of a column; nothing where a side has no value at all."""
    if not old.rows or not new.rows:
        return []
    if isinstance(old, Numbers) and isinstance(new, Numbers):
        return [(each.name, each.measure(old, new)) for each in NUMERIC]
    if isinstance(old, Categories) and isinstance(new, Categories):
        return [(each.name, each.measure(old, new)) for each in CATEGORY]
    raise TypeError("both sides of a column are of one kind")


def _tested(measured: list[tuple[str, Found]]) -> float | None:
    return next((found.p for _, found in measured if found.p is not None), None)


def _missing_p(old: Summary, new: Summary) -> float | None:
    counts = np.array([[side.missing, side.rows] for side in (old, new)], dtype=np.float64)
    return shares_change(counts).p if counts.sum(axis=0).min() and counts.sum(axis=1).min() else None


def _judged(
    side: tuple[str, Summary, Summary],
    measured: list[tuple[str, Found]],
    p: NDArray[np.float64],
    rule: DriftRule,
    *,
    judge: bool,
) -> ColumnDrift:
    name, old, new = side
    effects = tuple(Effect(kind, found.value, rule.floor(kind)) for kind, found in measured)
    missing = Effect(MISSING, abs(new.missing_share - old.missing_share), rule.floor(MISSING))
    moved = [each for each in effects if each.large] if p[0] <= rule.alpha else []
    if missing.large and p[1] <= rule.alpha:
        moved.append(missing)
    return ColumnDrift(
        name=name,
        kind="numeric" if isinstance(old, Numbers) else "category",
        p=float(p[0]),
        p_missing=float(p[1]),
        effects=effects,
        missing=missing,
        missing_reference=old.missing_share,
        missing_current=new.missing_share,
        new=new.outside if isinstance(new, Categories) else (),
        drifted=judge and bool(moved),
        why="; ".join(
            f"{TITLES[each.statistic]} {each.value:.3g} (from {each.least:g} on)" for each in moved
        ),
        shape=shape_of(old, new),
    )
