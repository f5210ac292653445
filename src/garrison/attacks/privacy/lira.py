"""The likelihood-ratio attack (Carlini et al., "Membership Inference Attacks From First Principles", S&P 2022)."""

from typing import ClassVar, Literal

import numpy as np

from garrison.attacks.privacy.interface import Bools, Floats
from garrison.attacks.privacy.signals import Signals

Variance = Literal["auto", "row", "fixed"]

ENOUGH = 32
"""Shadows on a side from which a variance of each row's own is estimated; with fewer it only adds noise."""
LEAST_SPREAD = 1e-3
"""The smallest standard deviation, in log-odds, that is believed."""


class Lira:
    """Is the answer likelier of a model that learnt from the record, or of one that did not? (Online attack.)

    For each record the log-odds of shadows that learnt from it, and of those that did not, are taken as normal; the
    score is the logarithm of the ratio of both densities at what the attacked model says. ``variance`` is ``row``
    (one for each record and side), ``fixed`` (one for each side) or ``auto``: ``row`` from 32 shadows a side on.
    """

    name: ClassVar[str] = "lira"
    knowledge: ClassVar[str] = "probabilities of any record; how the model was trained, and data like its own"
    fewest: ClassVar[int] = 2

    def __init__(self, *, variance: Variance = "auto") -> None:
        self.variance = variance

    def scores(self, signals: Signals) -> Floats:
        """The log-likelihood ratio, in nats."""
        within = _density(signals, signals.inside, self.variance)
        without = _density(signals, ~signals.inside, self.variance)
        return within - without


class LiraOffline:
    """The same with shadows that did not learn from the record alone: can it be trained before the question is known.

    The score is how unusually sure the attacked model is, in standard deviations of shadows that have not seen the
    record; its normal distribution function, which the paper gives, has the same order.
    """

    name: ClassVar[str] = "lira_offline"
    knowledge: ClassVar[str] = Lira.knowledge
    fewest: ClassVar[int] = 2

    def __init__(self, *, variance: Variance = "auto") -> None:
        self.variance = variance

    def scores(self, signals: Signals) -> Floats:
        """Standard deviations above what is usual."""
        mean, spread = _normal(signals, ~signals.inside, self.variance)
        return (signals.target - mean) / spread


def _density(signals: Signals, chosen: Bools, variance: Variance) -> Floats:
    """The log-density of what the attacked model says, up to a constant."""
    mean, spread = _normal(signals, chosen, variance)
    return -np.log(spread) - np.square((signals.target - mean) / spread) / 2


def _normal(signals: Signals, chosen: Bools, variance: Variance) -> tuple[Floats, Floats]:
    """Mean and standard deviation of each record over the shadows that are chosen for it, both ``(n,)``."""
    count = chosen.sum(axis=0)
    mean = np.where(chosen, signals.shadows, 0.0).sum(axis=0) / count
    apart = np.where(chosen, np.square(signals.shadows - mean), 0.0).sum(axis=0)
    if variance == "row" or (variance == "auto" and count.min() >= ENOUGH):
        spread = np.sqrt(apart / (count - 1))
    else:
        spread = np.full(len(mean), np.sqrt(apart.sum() / (count - 1).sum()))
    return mean, np.maximum(spread, LEAST_SPREAD)
