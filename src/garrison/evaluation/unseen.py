"""How well are kinds of attack found that a model never saw, and where do they part best from benign traffic?

This room knows arrays only: for each row that was held out, its score by a model that learnt neither it nor any row of
its kind.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from garrison.errors import DataError
from garrison.evaluation import formulas

Floats = NDArray[np.float64]

RESAMPLES = 100
FEWER_RESAMPLES = 20


@dataclass(frozen=True)
class UnseenKind:
    """One kind of attack as models saw it that had never met it.

    ``recall`` is at the threshold that was asked for, ``auc`` against the benign rows held out beside it,
    ``mean_score`` in [0, 1].
    """

    attack: str
    rows: int
    recall: float
    auc: float
    mean_score: float


@dataclass(frozen=True)
class UnseenScores:
    """Scores in [0, 1] of rows held out: of each kind of attack, and of the benign rows held out beside it.

    >>> found = UnseenScores({"scan": np.array([0.6, 0.9])}, {"scan": np.array([0.1, 0.2])})
    >>> round(found.threshold(seed=0), 2), found.kinds(0.4)[0].recall
    (0.4, 1.0)
    """

    attacks: dict[str, Floats] = field(repr=False)
    benign: dict[str, Floats] = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse a kind without rows on either side."""
        empty = [
            name for name, scores in self.attacks.items() if not len(scores) or not len(self.benign[name])
        ]
        if empty or not self.attacks:
            raise DataError(f"no row was held out for {empty[0]!r}" if empty else "no attack was held out")

    def threshold(self, *, seed: int, resamples: int = RESAMPLES) -> float:
        """Where unseen attacks and benign rows part best: the largest recall less false-positive rate (Youden 1950).

        Every kind of attack counts alike, whatever the number of its rows. The best point of one sample jumps, so it
        is looked for in ``resamples`` bootstrap samples of the rows of each kind and of the benign rows, and the
        median is taken.
        """
        benign = np.concatenate(list(self.benign.values()))
        generator = np.random.default_rng([seed, len(benign)])
        found = [self._best(benign, generator) for _ in range(resamples)]
        return float(np.median(found))

    def _best(self, benign: Floats, generator: np.random.Generator) -> float:
        parts = [scores[generator.integers(0, len(scores), len(scores))] for scores in self.attacks.values()]
        parts.append(benign[generator.integers(0, len(benign), len(benign))])
        share = len(self.attacks)
        weights = np.concatenate(
            [np.full(len(each), 1 / (share * len(each))) for each in parts[:-1]]
            + [np.full(len(benign), 1 / len(benign))]
        )
        labels = np.concatenate([np.ones(len(np.concatenate(parts[:-1])), bool), np.zeros(len(benign), bool)])
        levels, caught, alarmed = formulas.ladder(labels, np.concatenate(parts), weights[None, :])
        place = int(np.argmax(caught[0] - alarmed[0]))
        low = float(levels[place + 1]) if place + 1 < len(levels) else 0.0
        return (float(levels[place]) + low) / 2

    def thresholds_apart(self, *, seed: int, resamples: int = FEWER_RESAMPLES) -> dict[str, float]:
        """For each kind the threshold that the other kinds, and the benign rows beside them, would place.

        What a kind is told by must not have been placed on its own scores. A lone kind has no others, and so no
        threshold.

        >>> two = UnseenScores({"a": np.array([0.9]), "b": np.array([0.5])}, {"a": np.zeros(1), "b": np.zeros(1)})
        >>> two.thresholds_apart(seed=0)
        {'a': 0.25, 'b': 0.45}
        """
        return {
            name: UnseenScores(_without(name, self.attacks), _without(name, self.benign)).threshold(
                seed=seed, resamples=resamples
            )
            for name in self.attacks
            if len(self.attacks) > 1
        }

    def kinds(self, threshold: float | Mapping[str, float]) -> tuple[UnseenKind, ...]:
        """Each kind at this threshold, or at the one of its name; that with most rows first."""
        rows = []
        for name, scores in self.attacks.items():
            both = np.concatenate([scores, self.benign[name]])
            truth = np.arange(len(both)) < len(scores)
            at = threshold if isinstance(threshold, float) else threshold[name]
            area = formulas.auc(truth, both, np.ones((1, len(both))), at)[0]
            rows.append(
                UnseenKind(
                    name,
                    len(scores),
                    float((scores >= at).mean()),
                    float(area),
                    float(scores.mean()),
                )
            )
        return tuple(sorted(rows, key=lambda row: (-row.rows, row.attack)))

    def false_positive_rate(self, threshold: float) -> float:
        """The share of the benign rows held out that is flagged at this threshold."""
        return float((np.concatenate(list(self.benign.values())) >= threshold).mean())


def _without(name: str, scores: Mapping[str, Floats]) -> dict[str, Floats]:
    return {other: each for other, each in scores.items() if other != name}
