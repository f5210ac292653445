"""One row through the models that see encoded columns: logistic regression, and small networks."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from garrison.detection.families.base import Floats
from garrison.detection.families.encoding import Encoding
from garrison.detection.families.logistic_regression import LogisticModel
from garrison.detection.families.mlp import PerceptronModel
from garrison.errors import ModelError

Array = NDArray[Any]

_ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "relu": lambda units: np.maximum(units, 0),
    "tanh": np.tanh,
    "identity": lambda units: units,
    "logistic": lambda units: 1 / (1 + np.exp(-units)),
}


class _Encoded:
    """A row encoded as ``Encoding.apply`` does, in the places prepared for it."""

    name = "numpy"

    def __init__(self, encoding: Encoding, dtype: Any) -> None:
        self.encoding = encoding
        self.dtype = dtype

    def _seen(self, row: Floats) -> Array:
        encoding = self.encoding
        seen = np.empty(len(encoding.levels) + len(encoding.measured), dtype=self.dtype)
        seen[: len(encoding.levels)] = row[encoding.columns] == encoding.levels
        seen[len(encoding.levels) :] = (row[encoding.measured] - encoding.means) / encoding.scales
        return seen

    def values(self) -> list[Floats]:
        """For each feature, shape (k,), values that tell scores apart: its levels, or some around its mean."""
        encoding = self.encoding
        found = [np.zeros(1)] * encoding.features
        for column in np.unique(encoding.columns):
            found[column] = np.append(encoding.levels[encoding.columns == column], [0.5, -1e6])
        steps = np.array([-3, -1, -0.5, -0.1, 0, 0.1, 0.5, 1, 3, 30], dtype=np.float64)
        for column, mean, scale in zip(encoding.measured, encoding.means, encoding.scales, strict=True):
            found[column] = mean + scale * steps
        return found


class LogisticRow(_Encoded):
    """The weighted sum of a row's encoded columns, as a probability."""

    def __init__(self, model: LogisticModel) -> None:
        super().__init__(model.encoding, np.float64)
        self._weights = [(each.coef_[0], float(each.intercept_[0])) for each in model.estimators]

    def score_one(self, row: Floats) -> float:
        """The score of one row, float64 ``(d,)``."""
        seen = self._seen(row)
        return sum(expit(float(seen @ weights) + start) for weights, start in self._weights) / len(
            self._weights
        )


class NetworkRow(_Encoded):
    """The mean of a few small networks, in float32 as they were trained."""

    def __init__(self, model: PerceptronModel) -> None:
        super().__init__(model.encoding, np.float32)
        self._networks = [_layers(each) for each in model.estimators]

    def score_one(self, row: Floats) -> float:
        """The score of one row, float64 ``(d,)``."""
        seen, total = self._seen(row), 0.0
        for layers, activation in self._networks:
            units = seen
            for weights, start in layers[:-1]:
                units = activation(units @ weights + start)
            weights, start = layers[-1]
            total += expit(float((units @ weights + start)[0]))
        return total / len(self._networks)


def _layers(network: Any) -> tuple[Sequence[tuple[Array, Array]], Callable[[Array], Array]]:
    if network.activation not in _ACTIVATIONS or network.out_activation_ != "logistic":
        raise ModelError(f"a network with the activation {network.activation!r} is not known here")
    return list(zip(network.coefs_, network.intercepts_, strict=True)), _ACTIVATIONS[network.activation]


def expit(odds: float) -> float:
    """The probability with these log-odds (natural log).

    >>> expit(0.0), expit(-800.0)
    (0.5, 0.0)
    """
    return 1.0 / (1.0 + math.exp(-odds)) if odds > -700.0 else 0.0
