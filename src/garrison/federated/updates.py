"""What a party sends back, and what it must be before it may change anything."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Arrays = Mapping[str, NDArray[np.generic]]

TOO_LARGE = 1000.0
"""How many times the median change a party's change may be."""
MOST_EXAMPLES = 10**9


@dataclass(frozen=True)
class Refused:
    """A party whose update was not used in a round, and why."""

    party: str
    reason: str


@dataclass(frozen=True)
class Update:
    """What one party sends back: its weights by their names, how many ``examples`` they are of, and its ``figures``.

    ``parties`` is how many it stands for: with secure aggregation there is one update a round, the weighted mean of all
    parties, and ``examples`` is their sum.
    """

    party: str
    arrays: Arrays
    examples: float
    figures: Mapping[str, float | Sequence[float]] = field(default_factory=dict)
    parties: int = 1


def usable(
    updates: Sequence[Update], sent: Arrays, *, most: float | None = TOO_LARGE
) -> tuple[tuple[Update, ...], tuple[Refused, ...]]:
    """The updates that can be averaged, and the parties that are refused, each with the reason.

    An update has the names and shapes of the weights that were ``sent``, floating-point numbers that are finite, and
    a number of examples above 0; and its change is no more than ``most`` times the median change of those that are so
    far in order (None: any size). One that is much too large must not decide the mean; one that is a little too large
    is for a robust strategy to outvote.
    """
    good, refused = [], []
    for update in updates:
        fault = _fault(update, sent)
        if fault:
            refused.append(Refused(update.party, fault))
        else:
            good.append((update, change_norm(update.arrays, sent)))
    if most is None or len(good) < 2:
        return tuple(update for update, _ in good), tuple(refused)
    kept = []
    for place, (update, norm) in enumerate(good):
        others = float(np.median([each for at, (_, each) in enumerate(good) if at != place]))
        if norm > most * others and others > 0:
            refused.append(
                Refused(
                    update.party,
                    f"the update is too large: its change has the norm {norm:.3g}, the median of the others is "
                    f"{others:.3g}, and {most:g} times that is allowed",
                )
            )
        else:
            kept.append(update)
    return tuple(kept), tuple(refused)


def change_norm(arrays: Arrays, sent: Arrays) -> float:
    """The Euclidean norm of what changed, over all weights together."""
    return math.sqrt(
        sum(
            float(np.square(np.asarray(arrays[name], np.float64) - np.asarray(sent[name], np.float64)).sum())
            for name in sent
        )
    )


def _fault(update: Update, sent: Arrays) -> str:
    missing = [name for name in sent if name not in update.arrays]
    unknown = [name for name in update.arrays if name not in sent]
    if missing or unknown:
        return f"the update lacks {missing[0]!r}" if missing else f"the model has no {unknown[0]!r}"
    if not 0 < update.examples <= MOST_EXAMPLES:
        return f"it states {update.examples} examples, expected 1 to {MOST_EXAMPLES:,}"
    faults = (_array_fault(update.arrays[name], sent[name].shape) for name in sent)
    return next((f"{name!r} {fault}" for name, fault in zip(sent, faults, strict=True) if fault), "")


def _array_fault(array: NDArray[np.generic], shape: tuple[int, ...]) -> str:
    if array.shape != shape:
        return f"has the shape {array.shape}, expected {shape}"
    if array.dtype.kind != "f":
        return f"holds {array.dtype}, expected floating-point numbers"
    return "" if np.isfinite(array).all() else "holds values that are not finite (NaN or infinite)"
