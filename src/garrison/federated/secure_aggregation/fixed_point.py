"""Weighted numbers as integers of a ring, and back."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from garrison.federated.secure_aggregation.refusal import SecureAggregationError
from garrison.federated.secure_aggregation.terms import LARGEST_MEASURE, Terms

HEAD = 2
"""Entries before the numbers: the examples, and how many entries were clipped."""


@dataclass(frozen=True)
class Mean:
    """What comes out of a secure sum.

    ``update`` and ``measures`` are float64, weighted by each party's examples; ``clipped`` counts the entries of all
    parties' updates that were cut (where it is not 0, the mean is one of the cut numbers).
    """

    update: NDArray[np.float64]
    measures: NDArray[np.float64]
    examples: int
    clipped: int
    parties: tuple[int, ...] = ()


def to_ring(
    update: NDArray[np.floating], measures: NDArray[np.float64], examples: int, terms: Terms
) -> NDArray[np.uint64]:
    """Examples, clipped entries, measures and update, weighted and rounded; ``(2 + m + d,)`` uint64.

    Raises ``SecureAggregationError`` when a number is not finite or the examples are none or too many.

    >>> ring = to_ring(np.array([0.5, -9.0]), np.array([]), 10, Terms(bits=4))
    >>> ring.view(np.int64).tolist()
    [10, 1, 80, -1280]
    """
    if not 1 <= examples <= terms.most_examples:
        raise SecureAggregationError(
            f"a party has {examples} examples", expected=f"1 to {terms.most_examples} (most_examples)"
        )
    numbers = np.concatenate([measures.astype(np.float64), update.astype(np.float64)])
    if not np.isfinite(numbers).all():
        raise SecureAggregationError(
            "the update holds NaN or infinite values",
            expected="finite numbers",
            remedy="lower the learning rate",
        )
    body = numbers[measures.size :]
    clipped = int(np.count_nonzero(np.abs(body) > terms.clip))
    np.clip(body, -terms.clip, terms.clip, out=body)
    np.clip(numbers[: measures.size], -LARGEST_MEASURE, LARGEST_MEASURE, out=numbers[: measures.size])
    numbers *= examples * 2.0**terms.bits
    ring = np.empty(HEAD + numbers.size, np.int64)
    ring[:HEAD] = examples, clipped
    np.rint(numbers, out=numbers)
    ring[HEAD:] = numbers
    return ring.view(np.uint64)


def from_ring(total: NDArray[np.uint64], measures: int, terms: Terms, parties: tuple[int, ...]) -> Mean:
    """The weighted mean that a sum of ``to_ring`` holds.

    >>> total = sum(to_ring(np.array([x]), np.array([]), n, Terms()) for x, n in ((1.0, 1), (2.0, 3)))
    >>> from_ring(total, 0, Terms(), (1, 2)).update
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
    numbers = signed[HEAD:] / (examples * 2.0**terms.bits)
    return Mean(numbers[measures:], numbers[:measures], examples, clipped, parties)
