"""A small network for encrypted rows: weighted sums with squares between them."""

from typing import Any, ClassVar

import numpy as np

from garrison.detection.families.base import Family, Floats, Lesson, Model, Params
from garrison.detection.families.input_choice import INPUTS, chosen_encoding
from garrison.detection.families.polynomial_model import PolynomialModel
from garrison.detection.families.square_network import SquareNetwork, train_squares
from garrison.detection.families.validation_part import PARAMETERS, split_lesson

NETWORK: Params = {
    "layers": [32],
    "epochs": 30,
    "batch": 256,
    "learning_rate": 0.005,
    "decay": 0.05,
}
"""The hidden units a layer (one square each), and how they are trained."""


class EncryptedMLP(Family):
    """A network with square activations (CryptoNets, Gilad-Bachrach et al. 2016), trained by AdamW.

    ``layers`` are the hidden units a layer: each layer is one more multiplication of encrypted numbers. With
    ``early_stopping``, the network is as it was after its best epoch on rows kept aside.
    """

    name = "encrypted_mlp"
    model = PolynomialModel
    libraries = ()
    scaled = True
    defaults: ClassVar[Params] = {**NETWORK, "repeats": 0.5, **INPUTS, **PARAMETERS}

    def _fit(self, lesson: Lesson) -> Model:
        learnt, aside = split_lesson(lesson)
        encoding, rows = chosen_encoding(learnt)
        params = lesson.params
        counts = counts_of(learnt)
        share = float(np.clip(np.average(learnt.y, weights=counts), 1e-3, 1 - 1e-3))
        network = SquareNetwork.new(
            encoding.inputs, params["layers"], start=float(np.log(share / (1 - share))), seed=lesson.seed
        )
        best = None
        if aside is not None:
            best = Best(
                encoding.apply(aside.X),
                aside.y.astype(np.float64),
                counts_of(aside),
                params["early_stopping"],
            )
        train_squares(
            network,
            rows,
            learnt.y.astype(np.float64),
            counts,
            epochs=params["epochs"],
            batch=params["batch"],
            learning_rate=params["learning_rate"],
            decay=params["decay"],
            seed=lesson.seed,
            **({} if best is None else {"after_epoch": best.is_past}),
        )
        found = network if best is None or best.network is None else best.network
        return PolynomialModel(encoding=encoding, circuit=found.circuit())

    def suggest(self, trial: Any) -> Params:
        """Learning rate, decay and epochs."""
        return {
            "learning_rate": trial.suggest_float("learning_rate", 1e-3, 2e-2, log=True),
            "decay": trial.suggest_float("decay", 1e-3, 1.0, log=True),
            "epochs": trial.suggest_int("epochs", 10, 60),
        }


def counts_of(lesson: Lesson) -> Floats:
    """How much each row of a lesson counts, 1 on average."""
    return np.ones(len(lesson.X)) if lesson.weights is None else lesson.weights / lesson.weights.mean()


class Best:
    """The network after the epoch that was best on rows kept aside, by weighted cross-entropy."""

    def __init__(self, rows: Floats, targets: Floats, counts: Floats, patience: int) -> None:
        self.rows, self.targets, self.counts, self.patience = rows, targets, counts, patience
        self.loss, self.waited = np.inf, 0
        self.network: SquareNetwork | None = None

    def is_past(self, network: SquareNetwork) -> bool:
        """Look at the network after one more epoch: has it been without gain for too long?"""
        odds = network.outputs(self.rows)
        loss = float(np.average(np.logaddexp(0.0, odds) - self.targets * odds, weights=self.counts))
        if loss < self.loss:
            self.loss, self.waited, self.network = loss, 0, network.copy()
        else:
            self.waited += 1
        return self.waited >= self.patience
