"""What owner and trainer agree on before anything is encrypted: the steps, their length, and the encryption."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from garrison.encrypted.parameters import MOST_BITS, Parameters
from garrison.encrypted.training.sigmoid import CubicSigmoid
from garrison.errors import ModelError

LEVELS_FROM_ZERO, LEVELS = 1, 4
"""Multiplications one after the other: of the step from weights of zero, where no row is told from another, and of
every other step."""
FIRST_MARGIN = 10
"""Bits by which the first prime is longer than the scale: weights stay below 2 to this, less two bits."""
LEAST_SCALE, MOST_SCALE = 28, 45
"""The fewest bits after the point that give weights to three places, and more than anybody needs."""


@dataclass(frozen=True)
class Plan:
    """Gradient descent on ``rows`` rows of ``inputs`` numbers in [-1, 1], the last of them always 1.

    ``steps`` are taken without any decryption. ``rate`` is the length of a step, of the mean loss over the rows, and
    ``reach`` how far the log-odds may go before the cubic stops being near the logistic function. Raises ``ModelError``
    for numbers that make no sense.
    """

    rows: int
    inputs: int
    steps: int = 3
    rate: float = 2.0
    reach: float = 6.0
    degree: int = 16384

    def __post_init__(self) -> None:
        """Refuse what cannot be trained."""
        if min(self.rows, self.inputs) < 1 or not 0 < self.rate <= 100 or not 0 < self.reach <= 50:
            raise ModelError(f"{self} cannot be followed", expected="rows, inputs, rate and reach above zero")
        if self.degree not in MOST_BITS or not 1 <= self.steps <= self.most_steps(self.degree):
            raise ModelError(
                f"{self.steps} steps without decryption do not fit a ring of degree {self.degree}",
                expected=f"at most {self.most_steps(self.degree)} there"
                if self.degree in MOST_BITS
                else "a degree of " + ", ".join(map(str, MOST_BITS)),
                remedy="take fewer steps a round and more rounds, in which the owner encrypts the weights anew",
            )

    @staticmethod
    def most_steps(degree: int) -> int:
        """How many steps from weights of zero a safe modulus of that ring has room for.

        >>> Plan.most_steps(8192), Plan.most_steps(16384), Plan.most_steps(32768)
        (2, 3, 7)
        """
        levels = (MOST_BITS.get(degree, 0) - 2 * FIRST_MARGIN) // LEAST_SCALE - 2
        return 1 + (levels - LEVELS_FROM_ZERO) // LEVELS if levels >= LEVELS_FROM_ZERO else 0

    @property
    def parameters(self) -> Parameters:
        """The encryption: as exact as a safe modulus allows for so many steps."""
        levels = LEVELS_FROM_ZERO + LEVELS * (self.steps - 1)
        scale = min(MOST_SCALE, (MOST_BITS[self.degree] - 2 * FIRST_MARGIN) // (levels + 2))
        first = scale + FIRST_MARGIN
        return Parameters(self.degree, (first, *[scale] * levels, first), scale)

    @property
    def later_steps(self) -> int:
        """The steps that a further round has room for, which begins from weights that are not zero."""
        return self.parameters.multiplications // LEVELS

    @property
    def sigmoid(self) -> CubicSigmoid:
        """The polynomial in place of the logistic function."""
        return CubicSigmoid.within(self.reach)

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        names = ("rows", "inputs", "steps", "rate", "reach", "degree")
        return {name: getattr(self, name) for name in names}

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> Self:
        """What ``to_dict`` gave; ``ModelError`` for anything else."""
        kinds = {"rows": int, "inputs": int, "steps": int, "rate": float, "reach": float, "degree": int}
        if set(facts) != set(kinds) or any(type(facts[name]) is not kind for name, kind in kinds.items()):
            raise ModelError("this is no plan of encrypted training", expected=", ".join(kinds))
        return cls(**facts)
