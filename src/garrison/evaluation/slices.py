"""How good a detector is on each kind of attack, and for each value of a column such as the service."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from garrison.data.validate import UNNAMED
from garrison.errors import DataError
from garrison.evaluation.drift import text_of
from garrison.evaluation.intervals import Interval, members_of
from garrison.evaluation.scores import checked
from garrison.evaluation.shares import share_interval

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

RATES = (0.01, 0.001)
LONGEST_TEXT = 200
"""Characters of a value by which it is told from others."""


@dataclass(frozen=True)
class AttackRow:
    """How well one kind of attack is found among all benign rows.

    ``recall`` is at the detector's own threshold; ``recall_at_fpr`` holds a recall by the name of its metric, such as
    ``recall@fpr=0.001``, at the threshold that all benign rows set. ``auc`` is that of this kind against all benign
    rows, and ``mean_score`` in [0, 1] how sure the detector is of it.
    """

    attack: str
    rows: int
    caught: int
    recall: Interval
    recall_at_fpr: Mapping[str, float]
    auc: float
    mean_score: float

    def to_dict(self) -> dict[str, Any]:
        """The row as JSON values."""
        return {**asdict(self), "recall_at_fpr": dict(self.recall_at_fpr)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "AttackRow":
        """The row that ``to_dict`` wrote."""
        return cls(**{**values, "recall": Interval(**values["recall"])})


@dataclass(frozen=True)
class ValueRow:
    """What happens at the threshold in the rows that have one value of a column.

    ``value`` is None where it is missing, and for the last row, which pools so many ``pooled`` rarer values. A share
    is None where it has no rows to be a share of.
    """

    value: str | None
    pooled: int
    rows: int
    positives: int
    precision: float | None
    recall: float | None
    false_positive_rate: float | None
    false_alarms: int

    @property
    def title(self) -> str:
        """The value as a person reads it."""
        if self.pooled:
            return f"other ({self.pooled} {'value' if self.pooled == 1 else 'values'})"
        return "missing" if self.value is None else self.value

    def to_dict(self) -> dict[str, Any]:
        """The row as JSON values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "ValueRow":
        """The row that ``to_dict`` wrote."""
        return cls(**values)


def by_attack(
    y: ArrayLike,
    p: ArrayLike,
    attacks: ArrayLike,
    *,
    threshold: float,
    repeats: int = 1000,
    seed: int = 0,
    groups: ArrayLike | None = None,
    level: float = 0.95,
) -> tuple[AttackRow, ...]:
    """How well each kind of attack is found, the most frequent first.

    ``attacks`` ``(n,)`` names the attack of each positive row; what it says of benign rows is not read, and a
    positive row without a name counts as "unnamed". ``groups`` ``(n,)`` are rows that are not independent, as for
    ``bootstrap_interval``: with them the interval of the recall is a bootstrap, without them Wilson's. Raises as
    ``scores.checked`` does, and ``DataError`` for other than one name a row.

    >>> found = by_attack([0, 0, 1, 1, 1], [0.1, 0.4, 0.9, 0.3, 0.8], ["", "", "dos", "probe", "dos"], threshold=0.5)
    >>> [(row.attack, row.rows, row.recall.value) for row in found]
    [('dos', 2, 1.0), ('probe', 1, 0.0)]
    """
    labels, scores = checked(y, p)
    names = _texts(attacks, labels.size, where="attacks")
    named = np.array(
        [UNNAMED if name is None or not name.strip() else name for name in names[labels]], object
    )
    members = members_of(groups, labels.size)
    benign, hostile = np.sort(scores[~labels]), scores[labels]
    cuts = {f"recall@fpr={rate:g}": _cut(benign, rate) for rate in RATES}
    kinds, place = np.unique(named.astype(str), return_inverse=True)
    found = []
    for kind, attack in enumerate(kinds):
        mine = place == kind
        own = hostile[mine]
        flagged = own >= threshold
        found.append(
            AttackRow(
                attack=str(attack),
                rows=int(own.size),
                caught=int(flagged.sum()),
                recall=share_interval(
                    flagged,
                    groups=None if members is None else members[labels][mine],
                    repeats=repeats,
                    seed=seed,
                    level=level,
                ),
                recall_at_fpr={name: float((own > cut).mean()) for name, cut in cuts.items()},
                auc=_auc(own, benign),
                mean_score=float(own.mean()),
            )
        )
    return tuple(sorted(found, key=lambda row: (-row.rows, row.attack)))


def by_value(
    y: ArrayLike,
    p: ArrayLike,
    values: ArrayLike,
    *,
    name: str,
    threshold: float,
    least_rows: int = 50,
    most: int = 20,
) -> tuple[ValueRow, ...]:
    """What the threshold does for each value of the column ``name``, the most frequent first.

    At most ``most`` values of at least ``least_rows`` rows have a row of their own; the rest are pooled in a last
    one. Missing values (None or NaN) count as a value. Raises as ``scores.checked`` does, and ``DataError`` for
    other than one value a row.

    >>> y, p, service = [0, 1, 0, 1], [0.2, 0.9, 0.8, 0.1], ["a", "a", "b", "b"]
    >>> found = by_value(y, p, service, name="service", threshold=0.5, least_rows=1)
    >>> [(row.title, row.precision, row.recall, row.false_alarms) for row in found]
    [('a', 1.0, 1.0, 0), ('b', 0.0, 0.0, 1)]
    """
    labels, scores = checked(y, p)
    texts = _texts(values, labels.size, where=f"column {name!r}")
    absent = np.array([text is None for text in texts])
    kinds, place = np.unique(np.where(absent, "", texts).astype(str), return_inverse=True)
    place = np.where(absent, len(kinds), place)
    rows = np.bincount(place, minlength=len(kinds) + 1)
    order = [kind for kind in np.argsort(-rows, kind="stable") if rows[kind]]
    shown = [kind for kind in order if rows[kind] >= least_rows][:most]
    rest = [kind for kind in order if kind not in shown]
    flagged = scores >= threshold
    found = []
    for kind in shown:
        value = str(kinds[kind]) if kind < len(kinds) else None
        found.append(_value_row(value, 0, labels, flagged, place == kind))
    if rest:
        found.append(_value_row(None, len(rest), labels, flagged, np.isin(place, rest)))
    return tuple(found)


def _value_row(value: str | None, pooled: int, labels: Bools, flagged: Bools, mine: Bools) -> ValueRow:
    true, false = int((mine & labels & flagged).sum()), int((mine & ~labels & flagged).sum())
    positives, benign = int((mine & labels).sum()), int((mine & ~labels).sum())
    return ValueRow(
        value=value,
        pooled=pooled,
        rows=positives + benign,
        positives=positives,
        precision=true / (true + false) if true + false else None,
        recall=true / positives if positives else None,
        false_positive_rate=false / benign if benign else None,
        false_alarms=false,
    )


def _cut(benign: Floats, fpr: float) -> float:
    """The benign score a row must exceed to be flagged at a false-positive rate of at most ``fpr``."""
    levels, starts = np.unique(benign, return_index=True)
    rates = (benign.size - starts) / benign.size
    too_many = np.flatnonzero(rates > fpr)
    return float(levels[too_many[-1]]) if too_many.size else -np.inf


def _auc(own: Floats, benign: Floats) -> float:
    """The chance that a row of this kind scores above a benign one, ties counted half."""
    below, upto = np.searchsorted(benign, own, "left"), np.searchsorted(benign, own, "right")
    return float((below + upto).mean() / (2 * benign.size))


def _texts(values: ArrayLike, rows: int, *, where: str) -> NDArray[np.object_]:
    """Each value as text, None where it is missing."""
    given = np.asarray(values)
    if given.shape != (rows,):
        raise DataError(
            f"the values have shape {given.shape}", where=where, expected=f"one value a row: ({rows},)"
        )
    texts = np.empty(rows, dtype=object)
    texts[:] = [_cut_text(text_of(item)) for item in given.tolist()]
    return texts


def _cut_text(text: str | None) -> str | None:
    """A value as far as it is told apart: one long text must not make room for itself in every row."""
    return text if text is None or len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT] + "…"
