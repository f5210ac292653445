"""Has the data changed? Tests of each column against a reference, corrected for their number.

A column drifts when two things hold: the corrected p-value is at or under alpha, and the effect is large
enough to matter. Without the second, a million rows would make every column drift. Both effects lie in [0,
1] and do not depend on how many rows either side has.
"""

import math
import warnings
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from garrison.errors import DataError, SchemaError, SettingsError

Kind = Literal["numeric", "category"]
Correction = Literal["holm", "bonferroni", "benjamini-hochberg", "none"]

EXACT_PAIRS = 250_000
"""The KS test is exact while there are at most this many pairs of a reference and a current value."""

LEAST_EXPECTED = 5
"""Categories expected fewer times than this on either side are counted together (Cochran 1954)."""


@dataclass(frozen=True)
class Change:
    """One test of one column: its statistic, its p-value and how large the change is, in [0, 1]."""

    test: str
    statistic: float
    p: float
    effect: float


@dataclass(frozen=True)
class ColumnDrift:
    """One line of a drift table. ``effect`` is the KS distance or Cramér's V, in [0, 1]."""

    name: str
    test: str
    statistic: float
    p: float
    p_corrected: float
    effect: float
    drifted: bool


@dataclass(frozen=True)
class DriftTable:
    """What was tested, column by column, and under which rule a column counts as drifted."""

    rows: tuple[ColumnDrift, ...]
    alpha: float
    correction: Correction
    least_effect: float
    reference_rows: int
    current_rows: int

    @property
    def drifted(self) -> bool:
        """Whether any column drifted."""
        return any(row.drifted for row in self.rows)

    def to_dict(self) -> dict[str, Any]:
        """The table as JSON values."""
        return {**asdict(self), "rows": [asdict(row) for row in self.rows], "drifted": self.drifted}


def numeric_drift(reference: NDArray[Any], current: NDArray[Any]) -> Change:
    """Whether numbers come from another distribution: the two-sample Kolmogorov-Smirnov test.

    The effect is the KS distance: the largest gap between the two distribution functions. Missing values are
    left out. Raises ``DataError`` for infinite values, or when a side has no value at all.

    >>> numeric_drift(np.arange(100), np.arange(100) + 50).effect
    0.5
    """
    one, two = _present(reference), _present(current)
    if one.size == 0 or two.size == 0:
        raise DataError("no values to compare", where="drift", expected="at least one number on either side")
    one.sort()
    two.sort()
    gaps = [
        np.searchsorted(one, side, "right") / one.size - np.searchsorted(two, side, "right") / two.size
        for side in (one, two)
    ]
    distance = float(max(np.abs(gap).max() for gap in gaps))
    return Change("Kolmogorov-Smirnov", distance, _ks_p(one, two, distance), distance)


def _ks_p(one: NDArray[np.float64], two: NDArray[np.float64], distance: float) -> float:
    """The p-value of a KS distance: exact for few values, else by the limit at the effective size."""
    from scipy.stats import ks_2samp

    if one.size * two.size <= EXACT_PAIRS:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=".*Exact calculation unsuccessful")
            return float(ks_2samp(one, two, method="exact").pvalue)
    return ks_p(distance, one.size, two.size)


def ks_p(distance: float, rows: int, others: int) -> float:
    """The p-value of a KS distance between two samples of so many values, by the limit at their effective size.

    >>> round(ks_p(0.1, 1_000, 1_000), 5)
    8e-05
    """
    from scipy.stats import kstwo

    return float(np.clip(kstwo.sf(distance, max(round(rows * others / (rows + others)), 1)), 0, 1))


def category_drift(reference: NDArray[Any], current: NDArray[Any]) -> Change:
    """Whether categories come in other shares: the chi-square test of the two counts.

    Missing values are a category of their own. The effect is Cramér's V as it would be with equally many
    rows on either side. Raises ``DataError`` when a side has no row.

    >>> round(category_drift(np.repeat(["a", "b"], 50), np.repeat(["a", "b"], [20, 80])).effect, 2)
    0.31
    """
    return shares_change(_category_counts(reference, current))


def shares_change(counts: NDArray[np.float64]) -> Change:
    """The chi-square test of two rows of counts, ``(2, k)``: reference first; see ``category_drift``.

    Rare categories are counted together. Raises ``DataError`` when a side has no row.
    """
    from scipy.special import chdtrc

    if counts.sum(axis=1).min() == 0:
        raise DataError("no rows to compare", where="drift", expected="at least one row on either side")
    counts = _pooled(counts)
    sizes = counts.sum(axis=1, keepdims=True)
    expected = sizes * counts.sum(axis=0) / counts.sum()
    statistic = float((np.square(counts - expected) / expected).sum())
    freedom = counts.shape[1] - 1
    p = float(chdtrc(freedom, statistic)) if freedom else 1.0
    shares = counts / sizes
    effect = float(np.sqrt((np.square(shares[0] - shares[1]) / shares.sum(axis=0)).sum() / 2))
    return Change("chi-square", statistic, p, min(effect, 1.0))


def drift_table(
    reference: Mapping[str, NDArray[Any]],
    current: Mapping[str, NDArray[Any]],
    kinds: Mapping[str, Kind],
    *,
    alpha: float = 0.01,
    correction: Correction = "holm",
    least_effect: float = 0.1,
) -> DriftTable:
    """Every column of ``kinds`` compared, with p-values corrected for the number of tests.

    With "holm" or "bonferroni", a table without any drift raises a false alarm with a probability of at most
    ``alpha``; with "benjamini-hochberg", ``alpha`` bounds the expected share of false alarms among the
    alarms. A numeric column with missing values gets a second line, "NAME (missing)", for their share.

    Raises ``SchemaError`` when a column is absent from either side, ``DataError`` when a side has no rows.

    >>> table = drift_table({"a": np.arange(500)}, {"a": np.arange(500) + 100}, {"a": "numeric"})
    >>> table.rows[0].name, table.rows[0].drifted
    ('a', True)
    """
    _check_rule(alpha, correction)
    changes: list[tuple[str, Change]] = []
    for name, kind in kinds.items():
        old, new = _column(reference, name, "reference"), _column(current, name, "current")
        if kind == "category":
            changes.append((name, category_drift(old, new)))
            continue
        absent_old, absent_new = _absent(old), _absent(new)
        if not (absent_old.all() or absent_new.all()):
            changes.append((name, numeric_drift(old, new)))
        if absent_old.any() or absent_new.any():
            changes.append((f"{name} (missing)", category_drift(absent_old, absent_new)))
    corrected = corrected_p(np.array([change.p for _, change in changes]), correction)
    rows = tuple(
        ColumnDrift(
            name,
            change.test,
            change.statistic,
            change.p,
            float(p),
            change.effect,
            bool(p <= alpha and change.effect >= least_effect),
        )
        for (name, change), p in zip(changes, corrected, strict=True)
    )
    sizes = [max((len(side[name]) for name in kinds), default=0) for side in (reference, current)]
    return DriftTable(rows, alpha, correction, least_effect, sizes[0], sizes[1])


def corrected_p(p: NDArray[np.float64], correction: Correction) -> NDArray[np.float64]:
    """P-values ``(m,)`` corrected for being ``m``; compare each with alpha.

    Holm (1979), Bonferroni, or Benjamini and Hochberg (1995).

    >>> corrected_p(np.array([0.01, 0.04, 0.03]), "holm").round(3).tolist()
    [0.03, 0.06, 0.06]
    """
    if correction == "none" or p.size == 0:
        return p.copy()
    if correction == "bonferroni":
        return np.minimum(p * p.size, 1.0)
    order = np.argsort(p, kind="stable")
    ranks = np.arange(1, p.size + 1)
    if correction == "holm":
        climbed = np.maximum.accumulate(p[order] * (p.size + 1 - ranks))
    else:
        climbed = np.minimum.accumulate((p[order] * p.size / ranks)[::-1])[::-1]
    corrected = np.empty_like(p)
    corrected[order] = np.minimum(climbed, 1.0)
    return corrected


def _check_rule(alpha: float, correction: str) -> None:
    if not 0 < alpha < 1:
        raise SettingsError(f"an alpha of {alpha:g}", where="drift", expected="a rate between 0 and 1")
    if correction not in get_args(Correction):
        raise SettingsError(
            f"there is no correction {correction!r}",
            where="drift",
            expected="one of " + ", ".join(get_args(Correction)),
        )


def _column(side: Mapping[str, NDArray[Any]], name: str, which: str) -> NDArray[Any]:
    if name not in side:
        raise SchemaError(
            f"the column {name!r} is not in the {which} data",
            where="drift",
            expected="the same columns on both sides",
        )
    values = np.asarray(side[name])
    if values.ndim != 1 or values.size == 0:
        raise DataError(
            f"the column {name!r} of the {which} data has shape {values.shape}",
            where="drift",
            expected="one value a row, and at least one row",
        )
    return values


def _numbers(values: NDArray[Any]) -> NDArray[np.float64]:
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(
            "a numeric column holds something that is no number",
            where="drift",
            expected="numbers, with NaN for what is missing",
            remedy="compare it as a category",
        ) from error


def _absent(values: NDArray[Any]) -> NDArray[np.bool_]:
    return np.isnan(_numbers(values))


def _present(values: NDArray[Any]) -> NDArray[np.float64]:
    numbers = _numbers(values)
    if np.isinf(numbers).any():
        raise DataError("a numeric column holds an infinite value", where="drift", expected="finite numbers")
    return numbers[~np.isnan(numbers)]


def _category_counts(reference: NDArray[Any], current: NDArray[Any]) -> NDArray[np.float64]:
    """How often each category occurs, ``(2, k)``: reference first."""
    import pyarrow as pa

    sides = [np.asarray(side) for side in (reference, current)]
    if min(side.size for side in sides) == 0:
        raise DataError("no rows to compare", where="drift", expected="at least one row on either side")
    if all(side.dtype.kind in "biuf" for side in sides):
        arrays = [pa.array(side.astype(np.float64), from_pandas=True) for side in sides]
    else:
        arrays = [pa.array([text_of(item) for item in side.tolist()], pa.string()) for side in sides]
    encoded = pa.concat_arrays(arrays).dictionary_encode(null_encoding="encode")
    codes = encoded.indices.to_numpy(zero_copy_only=False)
    split, kinds = sides[0].size, int(codes.max()) + 1
    counts = [np.bincount(part, minlength=kinds) for part in (codes[:split], codes[split:])]
    return np.stack(counts).astype(np.float64)


def text_of(item: object) -> str | None:
    """A value as text; None where it is missing (None or NaN)."""
    return None if item is None or (isinstance(item, float) and math.isnan(item)) else str(item)


def _pooled(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """The counts with rare categories added together, and the rarest one left if the sum is rare too."""
    smaller = counts.sum(axis=1).min() / counts.sum()
    rare = counts.sum(axis=0) * smaller < LEAST_EXPECTED
    kept = counts[:, ~rare]
    rest = counts[:, rare].sum(axis=1, keepdims=True)
    if rest.sum() == 0:
        return kept
    if rest.sum() * smaller >= LEAST_EXPECTED or kept.shape[1] == 0:
        return np.hstack([kept, rest])
    least = int(np.argmin(kept.sum(axis=0)))
    merged = np.delete(kept, least, axis=1)
    return np.hstack([merged, kept[:, [least]] + rest])
