"""Logistic regression for encrypted rows: one exact weighted sum of bounded inputs."""

from typing import Any, ClassVar

import numpy as np

from garrison.detection.circuit import Circuit, Dense
from garrison.detection.families.base import Family, Lesson, Model, Params
from garrison.detection.families.input_choice import INPUTS, chosen_encoding
from garrison.detection.families.linear_fit import fit_linear, logistic_loss
from garrison.detection.families.polynomial_model import PolynomialModel


class EncryptedLogistic(Family):
    """Logistic regression with an L2 penalty, ``C`` its inverse strength; on ``most_inputs`` inputs at most."""

    name = "encrypted_logistic"
    model = PolynomialModel
    libraries = ()
    drawn = False
    scaled = True
    defaults: ClassVar[Params] = {"C": 1.0, "iterations": 300, "repeats": 1.0, **INPUTS}
    grid: ClassVar[dict[str, list[Any]]] = {"C": [0.1, 1.0, 10.0]}

    def _fit(self, lesson: Lesson) -> Model:
        encoding, rows = chosen_encoding(lesson)
        w, bias = fit_linear(
            rows,
            lesson.y,
            lesson.weights,
            loss=logistic_loss,
            C=lesson.params["C"],
            iterations=lesson.params["iterations"],
        )
        layer = Dense(w.reshape(1, -1), np.array([bias]))
        return PolynomialModel(encoding=encoding, circuit=Circuit((layer,), limits=np.ones(encoding.inputs)))

    def suggest(self, trial: Any) -> Params:
        """The strength of the penalty."""
        return {"C": trial.suggest_float("C", 1e-3, 1e3, log=True)}
