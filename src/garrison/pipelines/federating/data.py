"""The images of a run: the pool that models learn from, the test part, and images that nobody learns from."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from garrison.attacks.privacy import Audit
from garrison.errors import DataError
from garrison.federated import Images
from garrison.pipelines.federating.settings import FederatedSettings

Ints = NDArray[np.int64]
Floats32 = NDArray[np.float32]

LEAST_APART = 200
"""Fewer images than this teach an evaluator too little; it then learns from the test part."""


@dataclass(frozen=True)
class Sides:
    """Arrays of images, float32 ``(n, 1, h, w)`` in [0, 1], with their classes, int64 ``(n,)``.

    Models learn from ``pool``; settings are chosen on ``validation``; ``test`` is looked at once. ``apart`` are images
    that no model learns from: an evaluator learns from them, and an adversary may hold images against them.
    """

    name: str
    classes: int
    pool_x: Floats32
    pool_y: Ints
    validation_x: Floats32
    validation_y: Ints
    test_x: Floats32
    test_y: Ints
    apart_x: Floats32
    apart_y: Ints

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one image."""
        return self.pool_x.shape[1:]


def sides_of(images: Images, settings: FederatedSettings) -> Sides:
    """The images split by the seed; ``DataError`` where there are too few for what the settings ask."""
    wanted, asked = settings.data, len(images.y)
    order = np.random.default_rng([settings.seed, 1]).permutation(asked)
    validation, rest = order[: wanted.validation], order[wanted.validation :]
    pool = rest if wanted.pool is None else rest[: wanted.pool]
    if len(pool) < (wanted.pool or 20):
        raise DataError(
            f"{images.name} has {asked:,} training images, {len(pool):,} of them left for the pool",
            where="data.pool, data.validation",
            expected=f"{wanted.pool or 20:,} for the pool and {wanted.validation:,} for validation",
            remedy="ask for fewer",
        )
    apart = rest[len(pool) :]
    tested = np.random.default_rng([settings.seed, 2]).permutation(len(images.test_y))[: wanted.test]
    if len(apart) < LEAST_APART:
        apart_x, apart_y = images.test_x[tested], images.test_y[tested]
    else:
        apart_x, apart_y = images.x[apart], images.y[apart]
    return Sides(
        name=images.name,
        classes=images.classes,
        pool_x=images.x[pool],
        pool_y=images.y[pool],
        validation_x=images.x[validation],
        validation_y=images.y[validation],
        test_x=images.test_x[tested],
        test_y=images.test_y[tested],
        apart_x=apart_x,
        apart_y=apart_y,
    )


def audit_of(sides: Sides, settings: FederatedSettings) -> Audit:
    """Who learns from what: the models of a cell come in pairs that learn from either half of the pool."""
    places = np.arange(len(sides.pool_y), dtype=np.int64)
    return Audit(
        records=sides.pool_x,
        y=sides.pool_y,
        asked=places,
        stands_for=places,
        fill=np.zeros(len(places), dtype=np.bool_),
        size=len(places) // 2,
        seed=settings.seed,
    )


def learnt_from(sides: Sides, settings: FederatedSettings, seed: int) -> Ints:
    """The places in the pool that the model of that seed learns from: half of them where members are to be found."""
    if settings.attacks.membership is None:
        return np.arange(len(sides.pool_y), dtype=np.int64)
    return audit_of(sides, settings).learnt_from(seed)
