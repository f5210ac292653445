"""What all parties of one secure sum agree on: how numbers become integers, and how many parties must be left."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from garrison.errors import SettingsError
from garrison.federated.secure_aggregation.refusal import SecureAggregationError

RING_BITS = 64
"""Masked numbers are counted modulo 2 to this power."""


@dataclass(frozen=True)
class Terms:
    """How a secure sum is made.

    An update's entry ``d`` of a party with ``w`` examples is sent as the whole number nearest to ``w · d · 2^bits``.
    The weighted mean that comes out is therefore off by at most ``2^-(bits + 1)`` an entry (each of n parties rounds
    by half a unit at most, and the weights add up to n or more), and exact otherwise, as long as no entry was larger
    than ``clip``: how many were cut is summed up behind the masks too, and told with the result.

    ``threshold_share`` is the share of the parties of a round that must be left in the end (above 0.5, so that nobody
    is unmasked by telling one half of the parties this and the other half that). ``fewest`` is the least number of
    parties whose sum a party takes part in: the sum of one is no secret.
    """

    clip: float = 8.0
    bits: int = 24
    threshold_share: float = 2 / 3
    fewest: int = 3
    most_examples: int = 1 << 20

    def __post_init__(self) -> None:
        if not (math.isfinite(self.clip) and self.clip > 0):
            raise SettingsError(f"clip is {self.clip}", expected="a finite number above 0")
        if not 1 <= self.bits <= 40:
            raise SettingsError(f"bits is {self.bits}", expected="1 to 40")
        if not 0.5 < self.threshold_share <= 1:
            raise SettingsError(
                f"threshold_share is {self.threshold_share}", expected="a number above 0.5 and at most 1"
            )
        if self.fewest < 3:
            raise SettingsError(
                f"fewest is {self.fewest}",
                expected="3 or more",
                remedy="of a sum of two each party can take its own away and sees the other's",
            )
        if self.most_examples < 1:
            raise SettingsError(f"most_examples is {self.most_examples}", expected="1 or more")

    @property
    def error(self) -> float:
        """The most by which an entry of the weighted mean is off, where none was clipped; absolute."""
        return 2.0 ** -(self.bits + 1)

    def threshold(self, parties: int) -> int:
        """How many of ``parties`` must be left at the end of a round; more than half of them, and two or more.

        >>> [Terms().threshold(n) for n in (3, 4, 10)]
        [2, 3, 7]
        """
        return max(2, parties // 2 + 1, math.ceil(self.threshold_share * parties - 1e-9))

    def check_room(self, parties: int) -> None:
        """Raise ``SecureAggregationError`` where the sum over so many parties might overflow the ring."""
        needed = math.log2(max(self.clip, 1.0) * parties * self.most_examples) + self.bits + 1
        if needed >= RING_BITS:
            raise SecureAggregationError(
                f"the sum over {parties} parties does not fit into {RING_BITS} bits",
                expected=f"clip, bits and most_examples that need fewer; these need {needed:.1f}",
                remedy="lower bits or most_examples",
            )

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> "Terms":
        """What ``to_json`` gave; ``TypeError`` for anything else, ``SettingsError`` for terms out of range."""
        kinds = {each.name: (float, int) if each.type in (float, "float") else (int,) for each in fields(cls)}
        if set(told) != set(kinds) or not all(type(told[name]) in kinds[name] for name in kinds):
            raise TypeError("other terms, or of another kind")
        return cls(**told)

    def to_json(self) -> dict[str, Any]:
        """The terms as plain values."""
        return asdict(self)
