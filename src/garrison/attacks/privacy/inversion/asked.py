"""Inversion of a model that can only be asked: slopes are guessed from its answers (Ilyas et al., ICML 2018).

Around a point as many others are drawn, in pairs on opposite sides; how much surer the model is on the one side than
on the other says where to go. It asks for probabilities alone, so that any model with ``Answers`` will do, detectors
included.
"""

import time
from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np

from garrison.attacks.privacy.confidence import LEAST
from garrison.attacks.privacy.interface import Answers, Floats, Records
from garrison.attacks.privacy.inversion.flags import of_run
from garrison.attacks.privacy.inversion.result import Inverted
from garrison.errors import DataError


class Space(Protocol):
    """Where records are sought: points of ``size`` numbers, and the records that they stand for."""

    @property
    def size(self) -> int:
        """How many numbers a point has."""

    @property
    def prior(self) -> bool:
        """Whether points near 0 are likelier."""

    def records(self, points: Floats, /) -> Records:
        """The records of points ``(n, size)``."""

    def begin(self, count: int, seed: int, /) -> Floats:
        """Points to start from, ``(count, size)``."""


@dataclass(frozen=True, kw_only=True)
class AskedInversion:
    """``queries`` records of each class are asked about, ``pairs`` of them at a time, within ``seconds`` for all.

    ``reach`` is how far from a point the others are drawn, ``step`` how far it goes, ``pull`` the weight of half its
    squared length where points have a prior.
    """

    name: ClassVar[str] = "asked"
    knowledge: ClassVar[str] = "probabilities of any record, so many of them; what records look like"

    queries: int = 4_000
    pairs: int = 20
    reach: float = 0.3
    step: float = 0.2
    pull: float = 0.05
    seconds: float | None = None

    def run(self, model: Answers, space: Space, *, classes: int, seed: int = 0) -> Inverted:
        """A record of each of so many classes; ``DataError`` where the model knows another number of them."""
        started = time.monotonic()
        draw = np.random.default_rng([seed, 2])
        points = space.begin(classes, seed)
        best, found = np.full(classes, -np.inf), points.copy()
        mean, square = np.zeros_like(points), np.zeros_like(points)
        still = np.ones(classes, dtype=np.bool_)
        rounds, cut, asked, number = self.queries // (2 * self.pairs + 1), None, 0, 0
        for number in range(1, rounds + 1):
            aside = draw.normal(size=(classes, self.pairs, space.size)) * self.reach
            around = np.stack([points[:, None] + aside, points[:, None] - aside], axis=1)
            answers = self._log_p(model, space, around.reshape(-1, space.size), classes)
            own = self._log_p(model, space, points, classes)[np.arange(classes), np.arange(classes)]
            asked += classes * (2 * self.pairs + 1)
            # for each class, its own probability at its own points
            log_p = answers.reshape(classes, 2, self.pairs, classes)[
                np.arange(classes), :, :, np.arange(classes)
            ]
            pulled = own - self.pull * space.prior * np.square(points).sum(axis=1) / 2
            better = pulled > best
            best[better], found[better] = pulled[better], points[better]
            slope = ((log_p[:, 0] - log_p[:, 1])[:, :, None] * aside).mean(axis=1) / (2 * self.reach**2)
            still &= (slope == 0).all(axis=1)
            slope -= self.pull * space.prior * points
            mean = 0.9 * mean + 0.1 * slope
            square = 0.99 * square + 0.01 * slope**2
            points = points + self.step * (mean / (1 - 0.9**number)) / (
                np.sqrt(square / (1 - 0.99**number)) + 1e-8
            )
            if self.seconds is not None and time.monotonic() - started >= self.seconds and number < rounds:
                cut = number
                break
        records = space.records(found)
        confidence = model.probabilities(records)[np.arange(classes), np.arange(classes)]
        return Inverted(
            attack=self.name,
            knowledge=self.knowledge,
            classes=np.arange(classes, dtype=np.int64),
            records=records,
            confidence=np.asarray(confidence),
            queries=asked + classes,
            iterations=number,
            seconds=time.monotonic() - started,
            flags=of_run(confidence, still=int(still.sum()), cut=cut),
        )

    def _log_p(self, model: Answers, space: Space, points: Floats, classes: int) -> Floats:
        answers = model.probabilities(space.records(points))
        if answers.shape != (len(points), classes):
            raise DataError(
                f"the model gives probabilities of shape {answers.shape}",
                expected=f"({len(points)}, {classes})",
            )
        return np.log(np.clip(answers, LEAST, 1.0))
