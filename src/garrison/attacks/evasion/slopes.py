"""How the score of a differentiable model changes with its inputs: logistic regressions, networks, polynomials."""

from typing import Any

import numpy as np

from garrison.attacks.evasion.rows import Floats
from garrison.detection.circuit import Dense
from garrison.detection.families.encoded_models import EncodedModel
from garrison.detection.families.logistic_regression import LogisticModel
from garrison.detection.families.mlp import PerceptronModel
from garrison.detection.families.polynomial_model import PolynomialModel


def is_smooth(model: Any) -> bool:
    """Whether ``slopes`` knows such a model."""
    return isinstance(model, LogisticModel | PerceptronModel | PolynomialModel)


def slopes(model: EncodedModel | PolynomialModel, X: Floats) -> Floats:
    """How the log-odds (the mean over the estimators) rise by each input, shape (n, d), at ``X``, shape (n, d).

    By log-odds and not by probability, which is flat where a model is sure. Inputs that became one-hot levels have
    none.
    """
    if isinstance(model, PolynomialModel):
        return _polynomial(model, X)
    seen = model.encoding.apply(X)
    total = np.zeros_like(seen)
    for estimator in model.estimators:
        total += _perceptron(estimator, seen) if isinstance(model, PerceptronModel) else estimator.coef_[0]
    levels = len(model.encoding.columns)
    found = np.zeros(X.shape)
    found[:, model.encoding.measured] = total[:, levels:] / len(model.estimators) / model.encoding.scales
    return found


def _perceptron(network: Any, rows: Floats) -> Floats:
    """Backwards through a network: its layers, its activation, and an output in log-odds."""
    layers = [np.asarray(layer, dtype=np.float64) for layer in network.coefs_]
    offsets = [np.asarray(each, dtype=np.float64) for each in network.intercepts_]
    hidden = [rows]
    for weights, offset in zip(layers[:-1], offsets[:-1], strict=True):
        hidden.append(_ACTIVATIONS[network.activation](hidden[-1] @ weights + offset))
    back = np.broadcast_to(layers[-1][:, 0], (len(rows), layers[-1].shape[0]))
    for weights, output in zip(layers[-2::-1], hidden[:0:-1], strict=True):
        back = (back * _SLOPES[network.activation](output)) @ weights.T
    return np.asarray(back)


def _polynomial(model: PolynomialModel, X: Floats) -> Floats:
    """Backwards through a circuit, then through the broken lines of its encoding: flat beyond their ends."""
    rows = model.inputs(X)
    seen = [rows]
    for layer in model.circuit.layers:
        seen.append(layer(seen[-1]))
    back = np.ones((len(rows), 1))
    for layer, given in zip(model.circuit.layers[::-1], seen[-2::-1], strict=True):
        back = back @ layer.weights if isinstance(layer, Dense) else back * 2.0 * given
    found = np.zeros(X.shape)
    encoding = model.encoding
    found[:, encoding.measured] = back[:, len(encoding.columns) :] * encoding.rises(X)
    return found


_ACTIVATIONS: dict[str, Any] = {
    "relu": lambda value: np.maximum(value, 0.0),
    "tanh": np.tanh,
    "logistic": lambda value: 1 / (1 + np.exp(-value)),
    "identity": lambda value: value,
}
_SLOPES: dict[str, Any] = {
    "relu": lambda output: (output > 0).astype(np.float64),
    "tanh": lambda output: 1 - output**2,
    "logistic": lambda output: output * (1 - output),
    "identity": np.ones_like,
}
