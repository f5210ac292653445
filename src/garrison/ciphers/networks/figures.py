"""How well keys were read: by wheel, by class of key, and by length of the message; every figure with its interval.

A key is the unit that is drawn: its pins are right or wrong together, so intervals are over keys, by Student's t.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from garrison.ciphers.m209.wheels import KINDS, PAIRS, WHEELS, pins_of
from garrison.ciphers.networks.examples import Batch
from garrison.ciphers.networks.reading import Read
from garrison.errors import DataError
from garrison.evaluation.intervals import Interval, mean_interval

Floats = NDArray[np.float64]
BINS = 50
CHANCE = 0.5

FEWEST = 3
"""Keys of a class below which its accuracy says little."""


@dataclass(frozen=True)
class KeyClass:
    """Keys with so many ``overlaps`` and ``non_shared`` lugs on a wheel: how many ``keys``, and ``accuracy`` on the
    pins of that wheel."""

    wheel: int
    non_shared: int
    overlaps: int
    keys: int
    accuracy: float


@dataclass(frozen=True)
class Figures:
    """What was reached on ``keys`` messages of ``length`` letters.

    ``accuracy`` is the share of pins that were told rightly, the mean over the six wheels; ``wheels`` that of each;
    ``lug_error`` and ``pair_error`` how far the lugs at a wheel and the bars of a pair were off, in the mean;
    ``classes`` are the classes of keys by wheel; ``histogram`` counts keys by accuracy, in 50 equal steps from 0 to 1.
    """

    length: int
    keys: int
    accuracy: Interval
    wheels: tuple[Interval, ...]
    lug_error: Interval
    pair_error: Interval
    classes: tuple[KeyClass, ...]
    histogram: tuple[int, ...]

    @property
    def at_chance(self) -> bool:
        """Is it no better than guessing?"""
        return self.accuracy.low <= CHANCE

    def class_mean(self, wheel: int) -> float:
        """The mean accuracy over the classes of keys of a wheel (1 to 6), each class as heavy as another."""
        return float(np.mean([each.accuracy for each in self.classes if each.wheel == wheel]))

    def of_classes(self, *, fewest: int = FEWEST) -> dict[tuple[int, int], float]:
        """The accuracy by ``(overlaps, non-shared lugs)`` over all wheels; classes of fewer keys are left out."""
        held: dict[tuple[int, int], tuple[int, float]] = {}
        for each in self.classes:
            keys, right = held.get((each.overlaps, each.non_shared), (0, 0.0))
            held[each.overlaps, each.non_shared] = (keys + each.keys, right + each.keys * each.accuracy)
        return {place: right / keys for place, (keys, right) in held.items() if keys >= fewest}

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {**asdict(self), "at_chance": self.at_chance}

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> "Figures":
        """What ``to_dict`` wrote."""
        return cls(
            length=facts["length"],
            keys=facts["keys"],
            accuracy=Interval(**facts["accuracy"]),
            wheels=tuple(Interval(**each) for each in facts["wheels"]),
            lug_error=Interval(**facts["lug_error"]),
            pair_error=Interval(**facts["pair_error"]),
            classes=tuple(KeyClass(**each) for each in facts["classes"]),
            histogram=tuple(facts["histogram"]),
        )


def figures_of(batch: Batch, read: Read) -> Figures:
    """Hold what was read against what is so. ``DataError`` for fewer than two keys, which have no interval."""
    if len(batch) < 2:
        raise DataError(
            "one key says nothing of how sure a figure is", expected="two keys or more to test with"
        )
    right = (read.pins > CHANCE) == batch.pins.astype(bool)
    by_wheel = np.stack([right[:, pins_of(wheel)].mean(1) for wheel in range(WHEELS)], axis=1)
    lugs, pairs = batch.lugs[:, :WHEELS].astype(float), batch.lugs[:, WHEELS:KINDS].astype(float)
    of_keys = by_wheel.mean(1)
    return Figures(
        length=batch.stream.shape[1],
        keys=len(batch),
        accuracy=_share(of_keys),
        wheels=tuple(_share(by_wheel[:, wheel]) for wheel in range(WHEELS)),
        lug_error=mean_interval(np.abs(read.lugs - lugs).mean(1)),
        pair_error=mean_interval(np.abs(read.pairs - pairs).mean(1)),
        classes=tuple(_classes(batch, by_wheel)),
        histogram=tuple(np.histogram(of_keys, BINS, (0, 1))[0].tolist()),
    )


def _share(values: Floats) -> Interval:
    return mean_interval(values, metric="accuracy")


def _classes(batch: Batch, by_wheel: Floats) -> Sequence[KeyClass]:
    lugs, pairs = batch.lugs[:, :WHEELS].astype(int), batch.lugs[:, WHEELS:].astype(int)
    overlaps = pairs.sum(1)
    found = []
    for wheel in range(WHEELS):
        with_it = [place for place, pair in enumerate(PAIRS) if wheel in pair]
        alone = lugs[:, wheel] - pairs[:, with_it].sum(1)
        kinds, owner = np.unique(np.stack([alone, overlaps], axis=1), axis=0, return_inverse=True)
        owner = owner.reshape(-1)
        counts, sums = np.bincount(owner), np.bincount(owner, by_wheel[:, wheel])
        for (non_shared, overlap), count, total in zip(kinds.tolist(), counts, sums, strict=True):
            found.append(KeyClass(wheel + 1, non_shared, overlap, int(count), float(total / count)))
    return found
