"""Boosted trees taught to a network of squares, as trees themselves ask for comparisons that encryption lacks.

After Hinton, Vinyals and Dean (2015), Distilling the Knowledge in a Neural Network: the student learns the teacher's
scores, on the rows of the training part and on jittered ones, which are labelled by the teacher alone.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from garrison.detection.families.base import Family, Floats, Lesson, Model, Params
from garrison.detection.families.distilled_model import DistilledModel, Loss
from garrison.detection.families.encrypted_mlp import NETWORK, counts_of
from garrison.detection.families.input_choice import INPUTS, chosen_encoding
from garrison.detection.families.polynomial_model import PolynomialModel
from garrison.detection.families.square_network import SquareNetwork, train_squares
from garrison.detection.families.validation_part import kept_aside, rows_of
from garrison.errors import SettingsError

TEACHERS = ("xgboost", "lightgbm", "hist_gradient_boosting", "gradient_boosting")


class EncryptedDistilled(Family):
    """A ``teacher``, one of ``TEACHERS``, with its ``params``, and a student that is trained as ``encrypted_mlp`` is.

    ``jittered`` rows are made for each row of the training part: of a ``jitter`` share of its columns, those of another
    row take the place. What the student lost against the teacher is measured on a ``validation_share`` of the rows that
    neither learns from, and is a caveat of the detector.
    """

    name = "encrypted_distilled"
    model = DistilledModel
    libraries = ()
    scaled = True
    defaults: ClassVar[Params] = {
        "teacher": "xgboost",
        "params": None,
        "jittered": 2,
        "jitter": 0.25,
        **NETWORK,
        "repeats": 0.5,
        "validation_share": 0.1,
        **INPUTS,
    }

    def __init__(self, families: Mapping[str, Family]) -> None:
        self.families = families

    def complete(self, params: Mapping[str, Any]) -> Params:
        """The parameters with those of the teacher written out."""
        full = super().complete(params)
        if full["teacher"] not in TEACHERS:
            raise SettingsError(
                f"{full['teacher']!r} cannot teach",
                where=f"parameters of {self.name}",
                expected="one of " + ", ".join(TEACHERS),
            )
        return {**full, "params": self.families[full["teacher"]].complete(full["params"] or {})}

    def _fit(self, lesson: Lesson) -> Model:
        params = lesson.params
        aside = kept_aside(lesson.X, lesson.y, share=params["validation_share"], seed=lesson.seed)
        learnt, kept = rows_of(lesson, ~aside), rows_of(lesson, aside)
        teacher = self.families[params["teacher"]].fit(
            learnt.X,
            learnt.y,
            params=params["params"],
            seed=lesson.seed,
            weights=learnt.weights,
            jobs=lesson.jobs,
        )
        encoding, rows = chosen_encoding(learnt)
        made = jittered(learnt.X, copies=params["jittered"], share=params["jitter"], seed=lesson.seed)
        targets = np.concatenate([teacher.score(learnt.X), *(teacher.score(part) for part in made)])
        counts = np.tile(counts_of(learnt), 1 + len(made))
        share = float(np.clip(np.average(targets, weights=counts), 1e-3, 1 - 1e-3))
        student = SquareNetwork.new(
            encoding.inputs, params["layers"], start=float(np.log(share / (1 - share))), seed=lesson.seed
        )
        train_squares(
            student,
            np.concatenate([rows, *(encoding.apply(part) for part in made)]),
            targets,
            counts,
            epochs=params["epochs"],
            batch=params["batch"],
            learning_rate=params["learning_rate"],
            decay=params["decay"],
            seed=lesson.seed,
        )
        plain = PolynomialModel(encoding=encoding, circuit=student.circuit())
        loss = Loss.between(params["teacher"], teacher.score(kept.X), plain.score(kept.X), kept.y)
        return DistilledModel(encoding=encoding, circuit=plain.circuit, loss=loss)

    def suggest(self, trial: Any) -> Params:
        """How the student learns; the teacher is searched for itself."""
        return {
            "learning_rate": trial.suggest_float("learning_rate", 1e-3, 2e-2, log=True),
            "decay": trial.suggest_float("decay", 1e-3, 1.0, log=True),
            "jitter": trial.suggest_float("jitter", 0.05, 0.5),
        }


def jittered(X: Floats, *, copies: int, share: float, seed: int) -> list[Floats]:
    """So many copies of the rows ``(n, d)``, in which about a ``share`` of the values are those of other rows.

    >>> X = np.arange(12.0).reshape(6, 2)
    >>> [part.shape for part in jittered(X, copies=2, share=0.5, seed=0)]
    [(6, 2), (6, 2)]
    """
    if isinstance(copies, bool) or not isinstance(copies, int) or not 0 <= copies <= 20:
        raise ValueError(f"jittered is {copies!r}, not a number from 0 to 20")
    if not 0 < share <= 1:
        raise ValueError(f"jitter is {share!r}, not a number above 0 and up to 1")
    draw = np.random.default_rng(np.random.SeedSequence([seed, 5]))
    made = []
    for _ in range(copies):
        others = X[draw.integers(len(X), size=len(X))]
        made.append(np.where(draw.random(X.shape) < share, others, X))
    return made
