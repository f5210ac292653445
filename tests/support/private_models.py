"""Models of arrays whose privacy is known: some remember every record, some nothing."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from garrison.attacks.privacy import TARGET, Audit, Signals, shadow_answers
from garrison.attacks.privacy.interface import Bools, Floats, Ints, Records
from garrison.detection import FAMILIES, Model


@dataclass(frozen=True)
class Scored:
    """A model of a family, as something that may be asked."""

    model: Model

    def probabilities(self, records: Records, /) -> Floats:
        p = self.model.score(records)
        return np.stack([1 - p, p], axis=1)


@dataclass(frozen=True)
class OfFamily:
    """Learns as a family of detectors does."""

    family: str
    params: dict[str, Any] = field(default_factory=dict)

    def learn(self, records: Records, y: Ints, /, *, seed: int) -> Scored:
        model = FAMILIES[self.family].fit(records, y.astype(np.bool_), params=self.params, seed=seed)
        return Scored(model)


@dataclass(frozen=True)
class Constant:
    """Says the same of every record, whatever it learnt from."""

    share: float = 0.5

    def learn(self, records: Records, y: Ints, /, *, seed: int) -> "Constant":
        return self

    def probabilities(self, records: Records, /) -> Floats:
        return np.tile([1 - self.share, self.share], (len(records), 1))


@dataclass(frozen=True)
class Centroids:
    """Three classes by the distance to their means: images in, a softmax out."""

    means: Floats = field(default_factory=lambda: np.zeros((3, 1)))

    def learn(self, records: Records, y: Ints, /, *, seed: int) -> "Centroids":
        flat = records.reshape(len(records), -1).astype(np.float64)
        return Centroids(np.stack([flat[y == each].mean(axis=0) for each in range(3)]))

    def probabilities(self, records: Records, /) -> Floats:
        flat = records.reshape(len(records), 1, -1).astype(np.float64)
        near = -np.square(flat - self.means).sum(axis=2)
        odds = np.exp(near - near.max(axis=1, keepdims=True))
        return np.asarray(odds / odds.sum(axis=1, keepdims=True))


DEEP_TREES = OfFamily("xgboost", {"trees": 30, "max_depth": 8, "learning_rate": 0.2, "min_child_weight": 0.1})
SHALLOW = OfFamily("logistic_regression", {"C": 0.001})


def noisy_labels(count: int, *, seed: int = 0, noise: float = 0.3, width: int = 8) -> tuple[Floats, Ints]:
    """Records of ``width`` numbers; a share ``noise`` of the labels is wrong, which only remembering can tell."""
    draw = np.random.default_rng(seed)
    X = draw.normal(size=(count, width))
    y = (X[:, 0] + X[:, 1] > 0) ^ (draw.random(count) < noise)
    return X, y.astype(np.int64)


def audit_of(X: Records, y: Ints, *, seed: int = 0) -> Audit:
    """All records asked about, each for itself."""
    places = np.arange(len(y))
    nobody: Bools = np.zeros(len(y), dtype=np.bool_)
    return Audit(X, y, places, places, nobody, len(y), seed)


def signals_of(recipe: Any, audit: Audit, shadows: int) -> Signals:
    """What a model of the recipe and so many shadows say."""
    target = audit.trained(recipe, TARGET)
    inside = np.array([audit.inside(number) for number in range(shadows)])
    return Signals(
        audit.answers(target), audit.inside(TARGET), shadow_answers(recipe, audit, shadows), inside
    )
