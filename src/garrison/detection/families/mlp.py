"""Multi-layer perceptrons: small networks over encoded columns, the mean of a few that start differently."""

from typing import Any, ClassVar

import numpy as np

from garrison.detection.families.base import Family, Floats, Lesson, Model, Params
from garrison.detection.families.encoded_models import EncodedModel
from garrison.detection.families.encoding import Encoding
from garrison.detection.families.validation_part import PARAMETERS, split_lesson


class PerceptronModel(EncodedModel):
    """Fitted networks with float32 weights."""

    trusted = ("sklearn.neural_network._multilayer_perceptron.MLPClassifier",)
    kept = (
        "classes_",
        "coefs_",
        "intercepts_",
        "n_features_in_",
        "n_layers_",
        "n_outputs_",
        "out_activation_",
    )

    @classmethod
    def settings(cls, estimator: Any) -> dict[str, Any]:
        """The activation; layers speak through their weights."""
        return {"activation": estimator.activation}

    def _seen(self, X: Floats) -> Any:
        return self.encoding.apply(X).astype(np.float32)


class Perceptron(Family):
    """scikit-learn's perceptron with the Adam optimiser, a fixed number of passes over the data.

    ``alpha`` is the L2 penalty, ``layers`` the hidden units a layer, ``networks`` how many are averaged.
    With ``early_stopping``, ``epochs`` is the most there may be, and each network is as it was after its best one.
    """

    name = "mlp"
    model = PerceptronModel
    libraries = ("scikit-learn", "skops")
    scaled = True
    defaults: ClassVar[Params] = {
        "layers": [128, 64],
        "alpha": 0.1,
        "epochs": 40,
        "batch": 256,
        "learning_rate": 0.002,
        "networks": 2,
        "one_hot_levels": 10,
        "repeats": 0.5,
        **PARAMETERS,
    }

    def _fit(self, lesson: Lesson) -> Model:
        from sklearn.neural_network import MLPClassifier

        if lesson.params["networks"] < 1 or lesson.params["epochs"] < 1:
            raise ValueError("networks and epochs are at least 1")
        learnt, aside = split_lesson(lesson)
        encoding = Encoding.of(learnt.X, most_levels=lesson.params["one_hot_levels"])
        rows = encoding.apply(learnt.X).astype(np.float32)
        weights = None if learnt.weights is None else learnt.weights / learnt.weights.mean()
        networks = []
        for number in range(lesson.params["networks"]):
            network = MLPClassifier(
                hidden_layer_sizes=tuple(lesson.params["layers"]),
                alpha=lesson.params["alpha"],
                batch_size=min(lesson.params["batch"], len(rows)),
                learning_rate_init=lesson.params["learning_rate"],
                random_state=np.random.RandomState(
                    np.random.SeedSequence([lesson.seed, number]).generate_state(4)
                ),
            )
            best = None if aside is None else _Best(aside, encoding)
            for _ in range(lesson.params["epochs"]):
                network.partial_fit(rows, learnt.y, classes=np.array([False, True]), sample_weight=weights)
                if best is not None and best.is_past(network):
                    break
            if best is not None:
                best.give_back(network)
            networks.append(PerceptronModel.stripped(network))
        return PerceptronModel(encoding=encoding, estimators=networks)

    def suggest(self, trial: Any) -> Params:
        """Penalty, learning rate and passes over the data."""
        return {
            "alpha": trial.suggest_float("alpha", 1e-4, 1.0, log=True),
            "learning_rate": trial.suggest_float("learning_rate", 3e-4, 1e-2, log=True),
            "epochs": trial.suggest_int("epochs", 20, 120),
        }


class _Best:
    """The weights of a network after the epoch that was best on the rows kept aside, by weighted log loss."""

    def __init__(self, aside: Lesson, encoding: Encoding) -> None:
        self.rows, self.y, self.weights = encoding.apply(aside.X).astype(np.float32), aside.y, aside.weights
        self.patience = aside.params["early_stopping"]
        self.loss, self.waited = np.inf, 0
        self.layers: list[Any] = []

    def is_past(self, network: Any) -> bool:
        """Look at the network after one more epoch: has it been without gain for too long?"""
        said = network.predict_proba(self.rows)[:, 1].astype(np.float64)
        right = np.clip(np.where(self.y, said, 1.0 - said), 1e-15, 1.0)
        loss = float(np.average(-np.log(right), weights=self.weights))
        if loss < self.loss:
            self.loss, self.waited = loss, 0
            self.layers = [[layer.copy() for layer in part] for part in (network.coefs_, network.intercepts_)]
        else:
            self.waited += 1
        return bool(self.waited >= self.patience)

    def give_back(self, network: Any) -> None:
        """Set the network to the best it was."""
        if self.layers:
            network.coefs_, network.intercepts_ = self.layers
