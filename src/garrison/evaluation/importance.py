"""Which features a detector leans on: permutation importance."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from garrison.errors import DataError
from garrison.evaluation import metrics
from garrison.evaluation.intervals import mean_interval
from garrison.evaluation.metrics import Metric
from garrison.evaluation.scores import checked_labels
from garrison.progress import progress

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class FeatureImportance:
    """How much worse the metric is when this feature is shuffled, and its 95 % t interval over repeats."""

    name: str
    mean: float
    low: float
    high: float


def permutation_importance(
    score: Callable[[Floats], Floats],
    X: Floats,
    y: ArrayLike,
    *,
    metric: Metric | str,
    names: Sequence[str],
    repeats: int = 5,
    seed: int = 0,
    threshold: float = 0.5,
) -> tuple[FeatureImportance, ...]:
    """How much a metric loses when one feature at a time is shuffled (Breiman 2001), greatest loss first.

    ``score`` turns ``X`` float64 ``(n, d)`` into probabilities ``(n,)``; ``X`` itself is left as it is. A
    positive
    importance means that the detector does worse without the feature. Features that say the same share their
    importance: each can be shuffled at little loss while the other stays.

    >>> X = np.random.default_rng(0).random((100, 2))
    >>> found = permutation_importance(lambda X: X[:, 0], X, X[:, 0] > 0.5, metric="auc", names=["a", "b"])
    >>> [(each.name, each.mean > 0) for each in found]
    [('a', True), ('b', False)]
    """
    chosen = metrics.metric(metric)
    labels = checked_labels(y)
    if X.shape != (labels.size, len(names)):
        raise DataError(
            f"the features have shape {X.shape}",
            where="permutation importance",
            expected=f"({labels.size}, {len(names)}): a row a label, a column a name",
        )
    if repeats < 2:
        raise DataError(f"{repeats} repeats", where="permutation importance", expected="at least two")
    base = chosen(labels, score(X), threshold)
    sign = 1.0 if chosen.greater_is_better else -1.0
    found = []
    shuffled = X.copy()
    with progress("permutation importance", total=len(names)) as advance:
        for column, name in enumerate(names):
            generator = np.random.default_rng([seed, column])
            losses = np.empty(repeats)
            for repeat in range(repeats):
                shuffled[:, column] = generator.permutation(X[:, column])
                losses[repeat] = sign * (base - chosen(labels, score(shuffled), threshold))
            shuffled[:, column] = X[:, column]
            interval = mean_interval(losses)
            found.append(FeatureImportance(name, interval.value, interval.low, interval.high))
            advance(1)
    return tuple(sorted(found, key=lambda each: (-each.mean, each.name)))
