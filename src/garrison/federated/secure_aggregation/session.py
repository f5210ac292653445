"""What makes one secure sum that one: its round, its terms and the keys of all who take part."""

import functools
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from garrison.federated.secure_aggregation.keys import Advertisement
from garrison.federated.secure_aggregation.refusal import SecureAggregationError
from garrison.federated.secure_aggregation.terms import Terms
from garrison.files import canonical_json


@dataclass(frozen=True)
class Session:
    """The parties of one sum. All derived keys hang on ``id``, so that whoever was told another list derives others."""

    round: int
    terms: Terms
    parties: tuple[Advertisement, ...]

    @classmethod
    def of(cls, round: int, terms: Terms, advertisements: Sequence[Advertisement]) -> "Session":
        """The session of these parties, in the order of their numbers.

        Raises ``SecureAggregationError`` when they are fewer than the terms ask for, a number or a key is there
        twice, or the sum would not fit.
        """
        parties = tuple(sorted(advertisements, key=lambda one: one.party))
        if len(parties) < terms.fewest:
            raise SecureAggregationError(
                f"round {round}: {len(parties)} parties take part in the secure sum",
                expected=f"{terms.fewest} or more (fewest)",
                remedy="wait for more parties: a sum of few gives them away",
            )
        numbers = {one.party for one in parties}
        keys = {key for one in parties for key in (one.mask_key, one.seal_key)}
        if len(numbers) < len(parties) or len(keys) < 2 * len(parties):
            raise SecureAggregationError(
                f"round {round}: a party or a key is there twice", expected="each party once"
            )
        if min(numbers) <= 0:
            raise SecureAggregationError(f"round {round}: a party's number is not above 0")
        terms.check_room(len(parties))
        return cls(round, terms, parties)

    @functools.cached_property
    def id(self) -> bytes:
        """32 bytes that are equal for all who were told the same."""
        digest = hashlib.sha256(b"garrison secure sum")
        digest.update(canonical_json({"round": self.round, **self.terms.to_json()}).encode())
        for one in self.parties:
            digest.update(hashlib.sha256(one.body(self.round)).digest())
        return digest.digest()

    @property
    def threshold(self) -> int:
        """How many parties must be left at the end."""
        return self.terms.threshold(len(self.parties))

    @property
    def numbers(self) -> tuple[int, ...]:
        """The parties' numbers, in order."""
        return tuple(one.party for one in self.parties)

    def __getitem__(self, party: int) -> Advertisement:
        for one in self.parties:
            if one.party == party:
                return one
        raise SecureAggregationError(f"round {self.round}: party {party} takes no part in it")
