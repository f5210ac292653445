"""Which classes an update was learnt from: the gradient of the last layer's offsets tells.

It is the mean over the examples of (probability less truth). So for one example the entry of its class alone is
negative (Zhao et al., "iDLG", 2020); a class whose entry is negative is there; and as a model gives each class about
as often as it comes, how far below that an entry lies tells how many there are (after Wainakh et al., "User-Level
Label Leakage from Gradients in Federated Learning", 2022). Exact before training, a guess after it.
"""

import numpy as np

from garrison.attacks.privacy.gradient_inversion.update import SeenUpdate
from garrison.attacks.privacy.interface import Floats, Ints
from garrison.errors import UsageError

LEAST = 1e-3
"""How far below 0 an entry must lie, in examples, for its class to be there."""


def labels_of(update: SeenUpdate, count: int) -> Ints:
    """The classes of ``count`` of its examples, int64 ``(count,)``: as known, or as guessed, in proportion.

    Raises ``UsageError`` where they are not known and the last layer has no offsets for each class.
    """
    if update.labels is not None and count == update.examples:
        return update.labels
    if update.labels is not None:
        counts = np.bincount(update.labels, minlength=update.classes)
    else:
        counts = guessed_counts(_offsets(update), update.examples)
    if count < update.examples:
        counts = shared_out(counts / update.examples, count)
    return np.repeat(np.arange(update.classes), counts).astype(np.int64)


def guessed_counts(offsets: Floats, examples: int) -> Ints:
    """How many of so many examples are of each class, from the gradient ``(classes,)`` of the last layer's offsets.

    >>> guessed_counts(np.array([0.3, -0.6, 0.3]), 1).tolist()
    [0, 1, 0]
    >>> guessed_counts(np.array([-0.4, 0.1, 0.3]), 4).tolist()
    [3, 1, 0]
    """
    wanted = examples * (1 / len(offsets) - offsets)
    there = np.argsort(offsets, kind="stable")[:examples]
    counts = np.zeros(len(offsets), dtype=np.int64)
    counts[there[offsets[there] < -LEAST / examples]] = 1
    for _ in range(examples - int(counts.sum())):
        counts[int(np.argmax(wanted - counts))] += 1
    return counts


def shared_out(share: Floats, count: int) -> Ints:
    """``count`` things in proportion to the shares, by the largest remainder; equal remainders go to the first.

    >>> shared_out(np.array([0.5, 0.3, 0.2]), 4).tolist()
    [2, 1, 1]
    """
    wanted = share * count
    whole = np.floor(wanted + 1e-9).astype(np.int64)
    first = np.argsort(whole - wanted, kind="stable")[: count - int(whole.sum())]
    whole[first] += 1
    return whole


def _offsets(update: SeenUpdate) -> Floats:
    """The gradient of what the last layer adds to each class's logit."""
    name, seen = [*update.gradient.items()][-1]
    if seen.shape != (update.classes,):
        raise UsageError(
            "the classes cannot be told from this update",
            where=f"{name}, the last of the weights, has shape {seen.shape}",
            expected=f"offsets of shape ({update.classes},) in the last layer",
            remedy="give the labels, if the adversary knows them",
        )
    return seen.astype(np.float64)
