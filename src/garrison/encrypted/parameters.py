"""The parameters of the encryption: how large its ring is, how long its numbers are, and that both are safe.

The scheme is CKKS: Cheon, Kim, Kim and Song (2017), Homomorphic Encryption for Arithmetic of Approximate Numbers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from garrison.errors import ModelError

MOST_BITS = {4096: 109, 8192: 218, 16384: 438, 32768: 881}
"""Ring degree -> the longest modulus, in bits, that is safe for 128 bits against classical computers with a ternary
secret: Albrecht and others (2018), Homomorphic Encryption Security Standard, table 1."""

PRIME_BITS = (20, 60)
"""The shortest and the longest prime that the modulus is made of."""


@dataclass(frozen=True)
class Parameters:
    """A ring of ``degree`` and a modulus of primes so many ``bits`` long; numbers are kept ``2 ** scale_bits`` large.

    The first prime holds the results, each of those between is used up by one multiplication, and the last belongs to
    the keys. ``ModelError`` for a combination that is weaker than 128 bits, or not one at all.

    >>> Parameters(degree=4096, bits=(38, 32, 38), scale_bits=32).multiplications
    1
    >>> Parameters(degree=4096, bits=(50, 40, 50), scale_bits=40)
    Traceback (most recent call last):
    garrison.errors.ModelError: a modulus of 140 bits in a ring of degree 4096 is weaker than 128 bits
      expected: 109 bits at most, by the Homomorphic Encryption Standard
      to do: choose a larger ring, or let the parameters be chosen for the model
    """

    degree: int
    bits: tuple[int, ...]
    scale_bits: int

    def __post_init__(self) -> None:
        """Refuse what is weak, and what no ring is made of."""
        if self.degree not in MOST_BITS:
            raise ModelError(
                f"a ring of degree {self.degree}", expected="one of " + ", ".join(map(str, MOST_BITS))
            )
        least, most = PRIME_BITS
        if not 3 <= len(self.bits) <= 40 or not all(least <= each <= most for each in self.bits):
            raise ModelError(
                f"a modulus of primes of {', '.join(map(str, self.bits[:50]))} bits",
                expected=f"3 primes or more, each of {least} to {most} bits",
            )
        if self.bits[-1] < max(self.bits) or not least <= self.scale_bits < self.bits[0]:
            raise ModelError(
                f"a scale of {self.scale_bits} bits with primes of {', '.join(map(str, self.bits))}",
                expected="a first prime longer than the scale, and no prime longer than the last",
            )
        total = sum(self.bits)
        if total > MOST_BITS[self.degree]:
            raise ModelError(
                f"a modulus of {total} bits in a ring of degree {self.degree} is weaker than 128 bits",
                expected=f"{MOST_BITS[self.degree]} bits at most, by the Homomorphic Encryption Standard",
                remedy="choose a larger ring, or let the parameters be chosen for the model",
            )

    @property
    def slots(self) -> int:
        """How many numbers one ciphertext holds."""
        return self.degree // 2

    @property
    def multiplications(self) -> int:
        """How many multiplications may stand one after the other."""
        return len(self.bits) - 2

    @property
    def scale(self) -> float:
        """What numbers are multiplied by before they are rounded."""
        return float(2**self.scale_bits)

    @property
    def headroom(self) -> float:
        """The largest absolute value that a result can have; a larger one would wrap around."""
        return float(2.0 ** (self.bits[0] - self.scale_bits - 2))

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {"degree": self.degree, "bits": list(self.bits), "scale_bits": self.scale_bits}

    @classmethod
    def from_dict(cls, facts: Any) -> Self:
        """What ``to_dict`` gave; ``ModelError`` for anything else, and for parameters that are weak."""
        if not isinstance(facts, Mapping) or set(facts) != {"degree", "bits", "scale_bits"}:
            raise _unreadable()
        degree, bits, scale_bits = facts["degree"], facts["bits"], facts["scale_bits"]
        if not isinstance(bits, list) or any(type(each) is not int for each in (degree, scale_bits, *bits)):
            raise _unreadable()
        return cls(degree=degree, bits=tuple(bits), scale_bits=scale_bits)


def _unreadable() -> ModelError:
    return ModelError(
        "not the parameters of an encryption", expected="degree, bits and scale_bits, as integers"
    )
