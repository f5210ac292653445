"""How a party protects each of its records while it trains: DP-SGD (Abadi et al. 2016), through Opacus."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from garrison.errors import UsageError
from garrison.federated.ledger import noise_for


@dataclass(frozen=True)
class PartyPrivacy:
    """Clip the gradient of every record to ``max_grad_norm``, and add Gaussian noise to their sum.

    Either ``noise_multiplier`` is given (the noise's standard deviation over ``max_grad_norm``; 0 clips only), or
    ``target_epsilon``, from which ``solved`` finds the noise. What is hidden is the presence of one record of one
    party, at this ``delta``; how many records a party has is taken to be known. ``physical_batch`` bounds how many
    records are held in memory with a gradient each.
    """

    max_grad_norm: float = 1.0
    noise_multiplier: float | None = None
    target_epsilon: float | None = None
    delta: float = 1e-5
    physical_batch: int = 256

    def __post_init__(self) -> None:
        if (self.noise_multiplier is None) == (self.target_epsilon is None):
            raise UsageError(
                "differential privacy needs one of the noise multiplier and the epsilon to aim at",
                expected="noise_multiplier or target_epsilon, and not both",
            )
        for name, value, least in (
            ("max_grad_norm", self.max_grad_norm, 0.0),
            ("target_epsilon", self.target_epsilon, 0.0),
            ("delta", self.delta, 0.0),
            ("physical_batch", self.physical_batch, 0),
        ):
            if value is not None and not least < value < float("inf"):
                raise UsageError(f"{name} is {value}", expected="a number above 0")
        if self.noise_multiplier is not None and not 0 <= self.noise_multiplier < float("inf"):
            raise UsageError(f"noise_multiplier is {self.noise_multiplier}", expected="0 or more")
        if self.delta >= 1:
            raise UsageError(f"delta is {self.delta}", expected="below 1, and below one over the records")

    def solved(self, *, rate: float, steps: int) -> "PartyPrivacy":
        """With the noise multiplier that spends ``target_epsilon`` in so many steps at that sampling rate.

        >>> solved = PartyPrivacy(target_epsilon=3.0).solved(rate=512 / 60000, steps=4688)
        >>> 1.0 < solved.noise_multiplier < 1.3
        True
        """
        if self.target_epsilon is None:
            return self
        noise = noise_for(epsilon=self.target_epsilon, delta=self.delta, rate=rate, steps=steps)
        return replace(self, noise_multiplier=noise, target_epsilon=None)

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> "PartyPrivacy":
        """From what ``to_dict`` wrote."""
        return cls(**facts)
