"""k nearest neighbours (Cover and Hart 1967): what the most similar training rows were."""

from typing import Any, ClassVar

from garrison.detection.families.base import Family, Lesson, Model, Params
from garrison.detection.families.encoded_models import EncodedModel
from garrison.detection.families.encoding import Encoding


class NeighboursModel(EncodedModel):
    """The encoded training rows themselves, searched one by one."""

    trusted = ("sklearn.neighbors._classification.KNeighborsClassifier",)
    kept = (
        "classes_",
        "effective_metric_",
        "effective_metric_params_",
        "n_features_in_",
        "n_samples_fit_",
        "outputs_2d_",
        "_fit_X",
        "_fit_method",
        "_tree",
        "_y",
    )

    @classmethod
    def settings(cls, estimator: Any) -> dict[str, Any]:
        """How many neighbours vote, and how their votes count."""
        wanted = ("n_neighbors", "weights", "algorithm")
        return {name: value for name, value in estimator.get_params().items() if name in wanted}


class NearestNeighbours(Family):
    """scikit-learn's k nearest neighbours in Euclidean distance; ``votes`` is uniform or distance.

    With one-hot columns the squared distance of two rows is twice the number of columns in which they differ.
    """

    name = "knn"
    model = NeighboursModel
    libraries = ("scikit-learn", "skops")
    scaled = True
    weighted = False
    drawn = False
    defaults: ClassVar[Params] = {"neighbours": 9, "votes": "distance", "one_hot_levels": 10}
    grid: ClassVar[dict[str, list[Any]]] = {"neighbours": [5, 9, 15]}

    def _fit(self, lesson: Lesson) -> Model:
        from sklearn.neighbors import KNeighborsClassifier

        if lesson.params["neighbours"] > len(lesson.X):
            raise ValueError(f"{lesson.params['neighbours']} neighbours of {len(lesson.X)} training rows")
        encoding = Encoding.of(lesson.X, most_levels=lesson.params["one_hot_levels"])
        estimator = KNeighborsClassifier(
            n_neighbors=lesson.params["neighbours"], weights=lesson.params["votes"], algorithm="brute"
        )
        estimator.fit(encoding.apply(lesson.X), lesson.y)
        return NeighboursModel(encoding=encoding, estimators=[NeighboursModel.stripped(estimator)])

    def suggest(self, trial: Any) -> Params:
        """How many neighbours vote, and how their votes count."""
        return {
            "neighbours": trial.suggest_int("neighbours", 1, 51),
            "votes": trial.suggest_categorical("votes", ["uniform", "distance"]),
        }
