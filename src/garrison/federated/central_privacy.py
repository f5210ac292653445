"""Differential privacy at the coordinator: no published model tells whether a party took part at all.

The coordinator is trusted: it sees every update, clips it, and adds noise to their sum before anything is published.
McMahan, Ramage, Talwar, Zhang: Learning Differentially Private Recurrent Language Models, ICLR 2018, with the fixed
denominator of its section 2.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from garrison.errors import UsageError
from garrison.federated.ledger import noise_for
from garrison.federated.updates import Arrays, Update, change_norm


@dataclass(frozen=True)
class CentralPrivacy:
    """Every party's change is clipped to the norm ``clip``, and their sum gets noise of ``noise_multiplier * clip``.

    Either ``noise_multiplier`` or ``target_epsilon`` is given. Parties are drawn one by one, each with the federation's
    fraction as its probability, because the accounting is of such draws: some rounds have more, some have fewer.
    """

    clip: float = 1.0
    noise_multiplier: float | None = None
    target_epsilon: float | None = None
    delta: float = 1e-5

    def __post_init__(self) -> None:
        if (self.noise_multiplier is None) == (self.target_epsilon is None):
            raise UsageError(
                "central privacy needs one of the noise multiplier and the epsilon to aim at",
                expected="noise_multiplier or target_epsilon, and not both",
            )
        for name in ("clip", "target_epsilon", "delta"):
            value = getattr(self, name)
            if value is not None and not 0 < value < math.inf:
                raise UsageError(f"{name} is {value}", expected="a number above 0")
        if self.noise_multiplier is not None and not 0 <= self.noise_multiplier < math.inf:
            raise UsageError(f"noise_multiplier is {self.noise_multiplier}", expected="0 or more")
        if self.delta >= 1:
            raise UsageError(f"delta is {self.delta}", expected="below 1, and below one over the parties")

    def solved(self, *, fraction: float, rounds: int) -> "CentralPrivacy":
        """With the noise multiplier that spends ``target_epsilon`` in so many rounds."""
        if self.target_epsilon is None:
            return self
        noise = noise_for(epsilon=self.target_epsilon, delta=self.delta, rate=fraction, steps=rounds)
        return replace(self, noise_multiplier=noise, target_epsilon=None)

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> "CentralPrivacy":
        """From what ``to_dict`` wrote."""
        return cls(**facts)


def private_mean(
    updates: Sequence[Update],
    sent: Arrays,
    privacy: CentralPrivacy,
    *,
    expected: float,
    draws: Generator,
) -> dict[str, NDArray[np.float32]]:
    """The weights that were sent, and the noisy mean of the clipped changes: all parties count alike.

    ``expected`` is the number of parties a round has on average, by which the noisy sum is divided: the true number
    would tell who is there. ``privacy`` must have its noise multiplier.
    """
    if privacy.noise_multiplier is None:
        raise UsageError("the noise multiplier is not known yet", remedy="solve the target epsilon first")
    before = {name: np.asarray(array, np.float64) for name, array in sent.items()}
    total = {name: np.zeros(array.shape) for name, array in before.items()}
    for update in updates:
        norm = change_norm(update.arrays, sent)
        share = min(1.0, privacy.clip / norm) if norm > 0 else 1.0
        for name, array in before.items():
            total[name] += share * (np.asarray(update.arrays[name], np.float64) - array)
    width = privacy.noise_multiplier * privacy.clip
    return {
        name: np.asarray(
            array + (total[name] + draws.normal(0.0, width, array.shape)) / expected, dtype=np.float32
        )
        for name, array in before.items()
    }
