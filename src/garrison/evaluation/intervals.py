"""How sure a number is: intervals by the bootstrap, and over folds or seeds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from garrison.errors import DataError
from garrison.evaluation import metrics
from garrison.evaluation.metrics import Metric
from garrison.evaluation.scores import checked

Floats = NDArray[np.float64]

CELLS_AT_ONCE = 4_000_000


@dataclass(frozen=True)
class Interval:
    """A value and the range it may lie in at this level (0.95: 95 %); ``method`` says how it was found."""

    value: float
    low: float
    high: float
    level: float
    method: str

    def __str__(self) -> str:
        """The value with its range, three decimals each."""
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


def bootstrap_interval(
    metric: Metric | str,
    y: ArrayLike,
    p: ArrayLike,
    *,
    groups: ArrayLike | None = None,
    threshold: float = 0.5,
    repeats: int = 1000,
    seed: int = 0,
    level: float = 0.95,
) -> Interval:
    """The percentile bootstrap interval of a metric (Efron 1979).

    ``groups``, any values ``(n,)``: rows of one group are drawn together (the cluster bootstrap), since
    equal rows or rows of one host are not independent. Without it, rows are drawn alone. Equal seeds give
    equal intervals. Samples that lack a class the metric needs are left out; ``DataError`` when these are
    more than half.

    >>> y, p = np.arange(200) % 2, np.linspace(0, 1, 200)
    >>> print(bootstrap_interval("auc", y, p, repeats=200, seed=1))
    0.505 [0.427, 0.577]
    """
    chosen = metrics.metric(metric)
    labels, scores = checked(y, p)

    def values(weights: Floats) -> Floats:
        return chosen.formula(labels, scores, weights, threshold)

    return _interval(values, labels.size, groups, repeats=repeats, seed=seed, level=level)


def paired_gain(
    metric: Metric | str,
    y: ArrayLike,
    p_new: ArrayLike,
    p_old: ArrayLike,
    *,
    groups: ArrayLike | None = None,
    threshold_new: float = 0.5,
    threshold_old: float = 0.5,
    repeats: int = 1000,
    seed: int = 0,
    level: float = 0.95,
) -> Interval:
    """How much better the new scores are than the old on the same rows, with its bootstrap interval.

    Above zero means that the new ones are better, also for a metric of which less is better. Both are
    measured on the same drawn rows, so what makes a sample easy or hard cancels out.

    >>> y = np.arange(200) % 2
    >>> paired_gain("brier", y, np.where(y, 0.9, 0.1), np.full(200, 0.5), repeats=50).low > 0.2
    True
    """
    chosen = metrics.metric(metric)
    labels, new = checked(y, p_new)
    _, old = checked(y, p_old)
    sign = 1.0 if chosen.greater_is_better else -1.0

    def gains(weights: Floats) -> Floats:
        ahead = chosen.formula(labels, new, weights, threshold_new)
        return sign * (ahead - chosen.formula(labels, old, weights, threshold_old))

    return _interval(gains, labels.size, groups, repeats=repeats, seed=seed, level=level)


def mean_interval(
    values: Sequence[float] | Floats, *, level: float = 0.95, metric: Metric | str | None = None
) -> Interval:
    """The mean of the values of several seeds or folds, with Student's t interval.

    The interval knows nothing of what a value can be: where the values are those of a ``metric``, it is cut to the
    least and the greatest that one can have. Folds share training rows, so over folds the interval is somewhat too
    narrow (Bengio and Grandvalet 2004). Raises ``DataError`` for fewer than two values or one that is not finite.

    >>> print(mean_interval([0.95, 0.96, 0.97]))
    0.960 [0.935, 0.985]
    >>> print(mean_interval([0.95, 1.0, 1.0], metric="auc"))
    0.983 [0.912, 1.000]
    """
    from scipy.special import stdtrit

    found = np.asarray(values, dtype=np.float64)
    if found.ndim != 1 or found.size < 2 or not np.isfinite(found).all():
        raise DataError(
            "an interval of these values cannot be given",
            expected="two or more finite values, one a seed or fold",
        )
    check_level(level)
    mean = float(found.mean())
    reach = float(stdtrit(found.size - 1, (1 + level) / 2) * found.std(ddof=1) / np.sqrt(found.size))
    least, most = (-np.inf, np.inf) if metric is None else (0.0, metrics.metric(metric).most)
    low, high = max(mean - reach, least), min(mean + reach, most)
    return Interval(mean, low, high, level, f"Student's t over {found.size} values")


def _interval(
    values: Callable[[Floats], Floats],
    rows: int,
    groups: ArrayLike | None,
    *,
    repeats: int,
    seed: int,
    level: float,
) -> Interval:
    check_level(level)
    if repeats < 2:
        raise DataError(f"{repeats} bootstrap samples", expected="at least two, better a thousand")
    members = members_of(groups, rows)
    count = rows if members is None else int(members.max()) + 1
    generator = np.random.default_rng(seed)
    drawn = np.empty(repeats)
    step = max(1, CELLS_AT_ONCE // rows)
    for start in range(0, repeats, step):
        stop = min(start + step, repeats)
        weights = np.empty((stop - start, rows))
        for row in weights:
            picks = np.bincount(generator.integers(count, size=count), minlength=count)
            row[:] = picks if members is None else picks[members]
        drawn[start:stop] = values(weights)
    defined = drawn[np.isfinite(drawn)]
    if defined.size * 2 < repeats:
        raise DataError(
            f"{repeats - defined.size} of {repeats} bootstrap samples lack one of the classes",
            where=f"{count} groups of rows",
            expected="several groups of each class",
            remedy="use more data, or groups that are smaller",
        )
    low, high = np.quantile(defined, [(1 - level) / 2, (1 + level) / 2])
    kind = f"bootstrap of {count} rows" if members is None else f"bootstrap of {count} groups"
    value = float(values(np.ones((1, rows)))[0])
    return Interval(value, float(low), float(high), level, f"{kind}, {repeats} samples")


def members_of(groups: ArrayLike | None, rows: int) -> NDArray[np.int64] | None:
    """Which group, numbered from zero, each row belongs to; None when every row stands alone."""
    if groups is None:
        return None
    given = np.asarray(groups)
    if given.shape != (rows,):
        raise DataError(
            f"the groups have shape {given.shape}", where="groups", expected=f"one group a row: ({rows},)"
        )
    return np.unique(given, return_inverse=True)[1]


def check_level(level: float) -> None:
    """Raise ``DataError`` unless ``level`` is a share between 0 and 1."""
    if not 0 < level < 1:
        raise DataError(f"a confidence level of {level:g}", expected="a share between 0 and 1, such as 0.95")
