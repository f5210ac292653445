"""What differential privacy has cost so far: every noisy step that was taken, and the epsilon they come to."""

import functools
import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from garrison.errors import UsageError
from garrison.federated.extra import need

MOST_NOISE = 1024.0
ORDERS = (1.1, 1.25, *(each / 2 for each in range(3, 22)), *range(11, 65), 80, 100, 128, 256, 512, 1024)
"""The Rényi orders that are tried; the bound is that of the best of them."""


@dataclass(frozen=True)
class Spent:
    """The (``epsilon``, ``delta``) that a training has cost, and what it protects.

    ``unit`` is ``example`` when the presence of one record of one party is hidden, and ``party`` when that of a whole
    party is. ``epsilon`` is infinite where no noise was added. ``caveats`` say what the figure rests on.
    """

    epsilon: float
    delta: float
    unit: str
    caveats: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """As JSON; an infinite epsilon is written ``inf``."""
        return {
            "epsilon": self.epsilon if math.isfinite(self.epsilon) else "inf",
            "delta": self.delta,
            "unit": self.unit,
            "caveats": list(self.caveats),
        }

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> "Spent":
        """From what ``to_dict`` wrote."""
        return cls(
            epsilon=float(facts["epsilon"]),
            delta=float(facts["delta"]),
            unit=str(facts["unit"]),
            caveats=tuple(map(str, facts["caveats"])),
        )


@dataclass(frozen=True)
class Ledger:
    """Noisy steps as runs of ``(noise multiplier, sampling rate, steps)``, in the order they were taken."""

    runs: tuple[tuple[float, float, int], ...] = ()

    def more(self, *, noise: float, rate: float, steps: int) -> "Ledger":
        """The ledger with so many steps more.

        >>> Ledger().more(noise=1.1, rate=0.01, steps=10).more(noise=1.1, rate=0.01, steps=5).runs
        ((1.1, 0.01, 15),)
        """
        if steps <= 0:
            return self
        if self.runs and self.runs[-1][:2] == (noise, rate):
            return Ledger((*self.runs[:-1], (noise, rate, self.runs[-1][2] + steps)))
        return Ledger((*self.runs, (noise, rate, steps)))

    @property
    def steps(self) -> int:
        """How many noisy steps were taken."""
        return sum(steps for _, _, steps in self.runs)

    def epsilon(self, delta: float) -> float:
        """The epsilon that all steps together cost at this ``delta``; 0 for none, infinite where noise was lacking.

        Rényi accounting of the Poisson-subsampled Gaussian mechanism (Mironov, Talwar, Zhang 2019), by Opacus: an
        upper bound, for neighbours that differ by one more or one less.

        >>> round(Ledger().more(noise=1.1, rate=0.01, steps=1000).epsilon(1e-5), 2)
        1.71
        """
        if not self.runs:
            return 0.0
        if any(noise == 0 for noise, _, _ in self.runs):
            return math.inf
        need("opacus")
        from opacus.accountants.analysis import rdp

        totals = sum(steps * _renyi(noise, rate) for noise, rate, steps in self.runs)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Optimal order is the (smallest|largest) alpha")
            epsilon, _ = rdp.get_privacy_spent(orders=ORDERS, rdp=totals, delta=delta)
        return float(epsilon)

    def to_list(self) -> list[list[float]]:
        """As JSON."""
        return [[noise, rate, steps] for noise, rate, steps in self.runs]

    @classmethod
    def from_list(cls, runs: Sequence[Sequence[float]]) -> "Ledger":
        """From what ``to_list`` wrote."""
        return cls(tuple((float(noise), float(rate), int(steps)) for noise, rate, steps in runs))


@functools.lru_cache(maxsize=4096)
def _renyi(noise: float, rate: float) -> NDArray[np.float64]:
    """The Rényi divergence of one step at each of the orders."""
    from opacus.accountants.analysis import rdp

    return np.asarray(rdp.compute_rdp(q=rate, noise_multiplier=noise, steps=1, orders=ORDERS))


def noise_for(*, epsilon: float, delta: float, rate: float, steps: int, within: float = 1e-3) -> float:
    """The least noise multiplier, to ``within``, that keeps so many steps at ``epsilon`` or below.

    ``UsageError`` when none below 1,000 does.

    >>> noise = noise_for(epsilon=1.71, delta=1e-5, rate=0.01, steps=1000)
    >>> round(noise, 1)
    1.1
    """
    low, high = 0.0, 1.0
    while Ledger().more(noise=high, rate=rate, steps=steps).epsilon(delta) > epsilon:
        low, high = high, 2 * high
        if high > MOST_NOISE:
            raise UsageError(
                f"no noise keeps epsilon at {epsilon} over {steps:,} steps at a sampling rate of {rate:.3g}",
                remedy="take fewer rounds or epochs, smaller batches, or a larger epsilon",
            )
    while high - low > within:
        middle = (low + high) / 2
        if Ledger().more(noise=middle, rate=rate, steps=steps).epsilon(delta) > epsilon:
            low = middle
        else:
            high = middle
    return high
