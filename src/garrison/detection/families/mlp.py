"""Multi-layer perceptrons: small networks over encoded columns, the mean of a few that start differently."""

from typing import Any, ClassVar

import numpy as np

from garrison.detection.families.base import Family, Floats, Lesson, Model, Params
from garrison.detection.families.encoded_models import EncodedModel
from garrison.detection.families.encoding import Encoding


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
    }

    def _fit(self, lesson: Lesson) -> Model:
        from sklearn.neural_network import MLPClassifier

        encoding = Encoding.of(lesson.X, most_levels=lesson.params["one_hot_levels"])
        rows = encoding.apply(lesson.X).astype(np.float32)
        if lesson.params["networks"] < 1 or lesson.params["epochs"] < 1:
            raise ValueError("networks and epochs are at least 1")
        weights = None if lesson.weights is None else lesson.weights / lesson.weights.mean()
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
            for _ in range(lesson.params["epochs"]):
                network.partial_fit(rows, lesson.y, classes=np.array([False, True]), sample_weight=weights)
            networks.append(PerceptronModel.stripped(network))
        return PerceptronModel(encoding=encoding, estimators=networks)

    def suggest(self, trial: Any) -> Params:
        """Penalty, learning rate and passes over the data."""
        return {
            "alpha": trial.suggest_float("alpha", 1e-4, 1.0, log=True),
            "learning_rate": trial.suggest_float("learning_rate", 3e-4, 1e-2, log=True),
            "epochs": trial.suggest_int("epochs", 20, 120),
        }
