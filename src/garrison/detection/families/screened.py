"""A model behind a screen: what is unlike everything that was learnt from counts as flagged, whatever the model says.

The screen is an isolation forest over benign and malicious rows alike, so that it knows what is usual, and not what is
benign. An attacker who makes an event pass the model by values that never occur together is caught by it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from garrison.detection.families.base import Bools, Family, Files, Floats, Lesson, Model, Params
from garrison.detection.families.isolation_forest import IsolationForest, IsolationTrees
from garrison.detection.families.validation_part import kept_aside
from garrison.errors import SettingsError
from garrison.files import canonical_json

FILE = "screen.json"
EDGE = 1e-6
"""The scores from 1 less this up to 1 are those of rows that the screen stops; a model's own are cut off there."""


@dataclass(frozen=True)
class ScreenedModel(Model):
    """The score of ``model``; but near 1, the nearer the more unusual, where ``screen`` scores ``limit`` or more."""

    features: int
    family: str
    model: Model
    screen: IsolationTrees
    limit: float

    families: ClassVar[Mapping[str, Family]]

    def _score(self, X: Floats) -> Floats:
        unusual = self.screen.score(X)
        own = np.minimum(self.model.score(X), 1.0 - EDGE)
        return np.where(unusual >= self.limit, 1.0 - EDGE + EDGE * unusual, own)

    def stopped(self, X: Floats) -> Bools:
        """Which rows the screen stops, bool ``(n,)``."""
        return np.asarray(self.screen.score(X) >= self.limit)

    def files(self) -> Files:
        """The files of the model and of the screen, each in a folder, and the limit."""
        facts = {"family": self.family, "features": self.features, "limit": self.limit}
        files = {FILE: canonical_json(facts).encode()}
        for folder, part in (("model", self.model), ("screen", self.screen)):
            files |= {f"{folder}/{path}": content for path, content in part.files().items()}
        return files

    @classmethod
    def _from_files(cls, files: Mapping[str, bytes]) -> Self:
        facts = json.loads(files[FILE])
        name = str(facts["family"])
        if name == Screened.name:
            raise ValueError("a screen before a screen")
        own, screen = (
            {path.removeprefix(f"{part}/"): files[path] for path in files if path.startswith(f"{part}/")}
            for part in ("model", "screen")
        )
        model = cls.families[name].model.from_files(own)
        trees = IsolationTrees.from_files(screen)
        limit = float(facts["limit"])
        if model.features != trees.features or model.features != facts["features"] or not 0 <= limit <= 1:
            raise ValueError("the model and its screen do not fit each other")
        return cls(features=model.features, family=name, model=model, screen=trees, limit=limit)


class Screened(Family):
    """A ``family`` with its ``params`` behind a screen that stops a ``share`` of the benign rows kept aside for it.

    ``trees`` and ``samples`` are those of the isolation forest, ``validation_share`` the part of the rows, of groups of
    their own, that places its limit and is not learnt from.
    """

    name = "screened"
    model = ScreenedModel
    libraries = ("scikit-learn",)
    defaults: ClassVar[Params] = {
        "family": "xgboost",
        "params": None,
        "share": 0.01,
        "trees": 100,
        "samples": 512,
        "validation_share": 0.2,
    }

    def __init__(self, families: Mapping[str, Family]) -> None:
        self.families = families

    def complete(self, params: Mapping[str, Any]) -> Params:
        """The parameters with those of the family behind the screen written out."""
        full = super().complete(params)
        known = [name for name, family in self.families.items() if family.supervised and name != self.name]
        if full["family"] not in known:
            raise SettingsError(
                f"{full['family']!r} cannot stand behind a screen",
                where=f"parameters of {self.name}",
                expected="one of " + ", ".join(known),
            )
        return {**full, "params": self.families[full["family"]].complete(full["params"] or {})}

    def _fit(self, lesson: Lesson) -> Model:
        share = lesson.params["share"]
        if isinstance(share, bool) or not isinstance(share, int | float) or not 0 < share < 1:
            raise ValueError(f"share is {share!r}, not a number between 0 and 1")
        aside = kept_aside(lesson.X, lesson.y, share=lesson.params["validation_share"], seed=lesson.seed)
        weights = None if lesson.weights is None else lesson.weights[~aside]
        family = self.families[lesson.params["family"]]
        model = family.fit(
            lesson.X[~aside],
            lesson.y[~aside],
            params=lesson.params["params"],
            seed=lesson.seed,
            weights=weights,
            jobs=lesson.jobs,
        )
        benign = lesson.X[aside & ~lesson.y]
        return behind_screen(
            model, family.name, lesson.X[~aside], benign, params=lesson.params, seed=lesson.seed
        )

    def suggest(self, trial: Any) -> Params:
        """The share that is stopped; the family behind the screen is searched for itself."""
        return {"share": trial.suggest_float("share", 0.001, 0.05, log=True)}


def behind_screen(
    model: Model, family: str, X: Floats, benign: Floats, *, params: Params, seed: int
) -> ScreenedModel:
    """``model`` behind a screen that knows ``X``, shape (n, d), and stops a share of the rows ``benign``, shape (m, d).

    No more than that share of ``benign`` scores as unusual as what is stopped.
    """
    forest = {"trees": params["trees"], "samples": params["samples"]}
    screen: Any = IsolationForest().fit(X, None, params=forest, seed=seed)
    unusual = np.sort(screen.score(benign))[::-1]
    most = unusual[min(int(params["share"] * len(unusual)), len(unusual) - 1)]
    return ScreenedModel(
        features=model.features,
        family=family,
        model=model,
        screen=screen,
        limit=float(min(np.nextafter(most, 2.0), 1.0)),
    )
