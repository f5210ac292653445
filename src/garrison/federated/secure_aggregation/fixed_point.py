"""Weighted numbers as integers of a ring, and back."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from garrison.federated.secure_aggregation.refusal import SecureAggregationError
from garrison.federated.secure_aggregation.terms import Terms

HEAD = 2
"""Entries before the numbers: the examples, and how many entries were clipped."""


@dataclass(frozen=True)
class Mean:
    """What comes out of a secure sum.

    ``update`` is float64 ``(d,)``, weighted by each party's examples; ``clipped`` counts the entries of all parties'
    updates that were cut (where it is not 0, the mean is one of the cut numbers).
    """

    update: NDArray[np.float64]
    examples: int
    clipped: int
    parties: tuple[int, ...]


def to_ring(update: NDArray[np.floating], examples: int, terms: Terms) -> NDArray[np.uint64]:
    """Examples, clipped entries and update, weighted and rounded; ``(2 + d,)`` uint64.

    Raises ``SecureAggregationError`` when a number is not finite or the examples are none or too many.

    >>> to_ring(np.array([0.5, -9.0]), 10, Terms(bits=4)).view(np.int64).tolist()
    [10, 1, 80, -1280]
    """
    if not 1 <= examples <= terms.most_examples:
        raise SecureAggregationError(
            f"a party has {examples} examples", expected=f"1 to {terms.most_examples} (most_examples)"
        )
    numbers = np.array(update, dtype=np.float64)
    if not np.isfinite(numbers).all():
        raise SecureAggregationError(
            "the update holds NaN or infinite values",
            expected="finite numbers",
            remedy="lower the learning rate",
        )
    clipped = int(np.count_nonzero(np.abs(numbers) > terms.clip))
    np.clip(numbers, -terms.clip, terms.clip, out=numbers)
    numbers *= examples * 2.0**terms.bits
    np.rint(numbers, out=numbers)
    ring = np.empty(HEAD + numbers.size, np.int64)
    ring[:HEAD] = examples, clipped
    ring[HEAD:] = numbers
    return ring.view(np.uint64)


def from_ring(total: NDArray[np.uint64], terms: Terms, parties: tuple[int, ...]) -> Mean:
    """The weighted mean that a sum of ``to_ring`` holds.

    >>> total = sum(to_ring(np.array([x]), n, Terms()) for x, n in ((1.0, 1), (2.0, 3)))
    >>> from_ring(total, Terms(), (1, 2)).update
    array([1.75])
    """
    signed = total.view(np.int64)
    examples, clipped = (int(value) for value in signed[:HEAD])
    if not len(parties) <= examples <= len(parties) * terms.most_examples:
        raise SecureAggregationError(
            "the sum is no sum: the masks did not cancel",
            expected="masks made of the keys that were told",
            remedy="run the round again; if it stays, a party does not keep to the protocol",
        )
    return Mean(signed[HEAD:] / (examples * 2.0**terms.bits), examples, clipped, parties)
