"""What images made of a model say of its classes and of what it learnt from, held against what no attack is given."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from garrison.attacks.flag import Flag
from garrison.attacks.privacy.interface import Answers, Ints
from garrison.attacks.privacy.inversion.result import Inverted
from garrison.errors import DataError
from garrison.evaluation import Interval, mean_interval, share_interval, squared_distances, ssim


@dataclass(frozen=True, kw_only=True)
class Recognised:
    """How much of its classes an attack got out of a model; intervals are over the ``classes``.

    ``recognised`` is the share of the images that an independent model takes for their class, ``confidence`` its mean
    probability of it. ``nearest`` is the root mean squared difference to the nearest training image of the class
    (less is worse for those who are in it), ``likeness`` the structural similarity to the mean of the class. ``each``
    holds the last three by class.
    """

    attack: str
    classes: int
    recognised: Interval
    confidence: Interval
    nearest: Interval
    likeness: Interval
    each: tuple[tuple[float, float, float], ...]
    queries: int
    seconds: float
    flags: tuple[Flag, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {**asdict(self), "each": [list(each) for each in self.each]}

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> "Recognised":
        """What ``to_dict`` wrote."""
        names = ("recognised", "confidence", "nearest", "likeness")
        made = {name: Interval(**facts[name]) for name in names}
        each = tuple((float(a), float(b), float(c)) for a, b, c in facts["each"])
        return cls(**{**facts, **made, "each": each, "flags": tuple(Flag(**flag) for flag in facts["flags"])})


def judge(
    found: Inverted,
    evaluator: Answers,
    x: ArrayLike,
    y: Ints,
    *,
    span: float = 1.0,
    level: float = 0.95,
) -> Recognised:
    """Hold images against what the model learnt from: ``x`` ``(n, *shape)`` of classes ``y`` ``(n,)``.

    ``evaluator`` is a model of the same classes that was trained apart from the attacked one, best on other images
    and with another architecture. Raises ``DataError`` where there are fewer than two classes, or one has no image.
    """
    images, held = np.asarray(found.records, dtype=np.float32), np.asarray(x, dtype=np.float32)
    if len(found.classes) < 2 or not {*found.classes.tolist()} <= {*y.tolist()} or len(held) != len(y):
        raise DataError(
            f"{len(found.classes)} classes cannot be judged by {len(held)} images of {len({*y.tolist()})} classes",
            expected="two classes or more, and training images of each",
        )
    answers = evaluator.probabilities(images)
    sure = answers[np.arange(len(images)), found.classes]
    near, alike = [], []
    for image, kind in zip(images, found.classes, strict=True):
        own = held[y == kind]
        near.append(float(np.sqrt(squared_distances(image[None], own).min())) / span)
        alike.append(float(ssim(image[None], own.mean(axis=0)[None], span=span)[0]))
    return Recognised(
        attack=found.attack,
        classes=len(found.classes),
        recognised=share_interval(answers.argmax(axis=1) == found.classes, level=level),
        confidence=mean_interval(sure, level=level, metric="auc"),
        nearest=mean_interval(near, level=level),
        likeness=mean_interval(alike, level=level),
        each=tuple(
            (round(float(a), 4), round(b, 4), round(c, 4)) for a, b, c in zip(sure, near, alike, strict=True)
        ),
        queries=found.queries,
        seconds=found.seconds,
        flags=found.flags,
    )


def against_baseline(found: Recognised, baseline: Recognised) -> Recognised:
    """``found``, flagged where it is no better than the same attack on a model that has learnt nothing.

    What an attack draws without the model (a prior's own shapes) is not the model's fault.
    """
    if found.recognised.value > baseline.recognised.high or found.likeness.low > baseline.likeness.value:
        return found
    return replace(
        found,
        flags=(
            *found.flags,
            Flag(
                "not_above_the_baseline",
                f"on a model that learnt nothing the same attack has {baseline.recognised.value:.0%} recognised "
                f"and a likeness of {baseline.likeness.value:.2f}",
            ),
        ),
    )
