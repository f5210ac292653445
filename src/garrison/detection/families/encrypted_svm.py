"""A linear support vector machine for encrypted rows, its margin turned into log-odds by Platt's two numbers."""

from typing import Any, ClassVar

import numpy as np

from garrison.detection.circuit import Circuit, Dense
from garrison.detection.families.base import Family, Floats, Lesson, Model, Params
from garrison.detection.families.input_choice import INPUTS, chosen_encoding
from garrison.detection.families.linear_fit import fit_linear, logistic_loss, squared_hinge
from garrison.detection.families.polynomial_model import PolynomialModel
from garrison.detection.families.validation_part import kept_aside


class EncryptedSVM(Family):
    """A linear SVM with squared hinge loss and an L2 penalty, ``C`` its inverse strength.

    Platt scaling (1999) fits ``a * margin + b`` on a ``calibration_share`` of the rows, whose margins come from a
    machine that never saw them. Both numbers are part of the circuit, so that its output is log-odds.
    """

    name = "encrypted_svm"
    model = PolynomialModel
    libraries = ()
    scaled = True
    defaults: ClassVar[Params] = {
        "C": 0.1,
        "iterations": 300,
        "calibration_share": 0.2,
        "repeats": 1.0,
        **INPUTS,
    }
    grid: ClassVar[dict[str, list[Any]]] = {"C": [0.01, 0.1, 1.0]}

    def _fit(self, lesson: Lesson) -> Model:
        encoding, rows = chosen_encoding(lesson)
        aside = kept_aside(lesson.X, lesson.y, share=lesson.params["calibration_share"], seed=lesson.seed)
        everything = np.ones(len(rows), dtype=np.bool_)
        (part, start), (whole, bias) = (
            fit_linear(
                rows[chosen],
                lesson.y[chosen],
                None if lesson.weights is None else lesson.weights[chosen],
                loss=squared_hinge,
                C=lesson.params["C"],
                iterations=lesson.params["iterations"],
            )
            for chosen in (~aside, everything)
        )
        weights = None if lesson.weights is None else lesson.weights[aside]
        a, b = platt(rows[aside] @ part + start, lesson.y[aside], weights)
        layer = Dense(a * whole.reshape(1, -1), np.array([a * bias + b]))
        return PolynomialModel(encoding=encoding, circuit=Circuit((layer,), limits=np.ones(encoding.inputs)))

    def suggest(self, trial: Any) -> Params:
        """The strength of the penalty."""
        return {"C": trial.suggest_float("C", 1e-4, 1e2, log=True)}


def platt(margins: Floats, y: Any, weights: Floats | None) -> tuple[float, float]:
    """The slope, at least 0, and the offset of the log-odds that fit ``margins`` (n,) and labels bool (n,) best.

    >>> a, b = platt(np.array([-2.0, -1.0, -0.5, 0.5, 1.0, 2.0]), np.array([0, 0, 1, 0, 1, 1], dtype=bool), None)
    >>> a > 0, abs(b) < 0.001
    (True, True)
    """
    w, b = fit_linear(margins.reshape(-1, 1), y, weights, loss=logistic_loss, C=100.0, iterations=100)
    return max(float(w[0]), 0.0), b
