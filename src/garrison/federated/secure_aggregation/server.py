"""The server's side: it passes sealed pieces on, adds up what it cannot read, and takes the masks away."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from garrison.federated.secure_aggregation.fixed_point import HEAD, Mean, from_ring
from garrison.federated.secure_aggregation.keys import Advertisement, agreed, commitment_to, public_of
from garrison.federated.secure_aggregation.masks import SEED_BYTES, add_mask
from garrison.federated.secure_aggregation.party import Revealed, mask_purpose
from garrison.federated.secure_aggregation.refusal import SecureAggregationError
from garrison.federated.secure_aggregation.session import Session
from garrison.federated.secure_aggregation.shamir import join
from garrison.federated.secure_aggregation.terms import Terms


@dataclass
class MaskedSum:
    """One secure sum, as the server sees it; memory does not grow with the parties.

    The calls come in this order: ``open``, ``relay``, ``add`` for each party that answers, ``unmask``. What it holds
    of a party is public keys, sealed pieces for others and a masked update that went into the sum at once.
    """

    session: Session
    masked_with: tuple[int, ...] = ()
    added: set[int] = field(default_factory=set)
    total: NDArray[np.uint64] | None = None

    @classmethod
    def open(cls, round: int, terms: Terms, advertisements: Sequence[Advertisement]) -> "MaskedSum":
        """The sum of those that told their keys; raises ``SecureAggregationError`` when they are too few."""
        return cls(Session.of(round, terms, advertisements))

    def relay(self, sealed: Mapping[int, Mapping[int, bytes]]) -> dict[int, dict[int, bytes]]:
        """From what each party sealed for the others: what each of those that did is to be sent.

        Whoever left another out is left out.
        """
        everybody = {*self.session.numbers}
        senders = sorted(one for one in everybody & {*sealed} if {*sealed[one]} == everybody - {one})
        self._enough(senders, "sent the pieces of their secrets")
        self.masked_with = tuple(senders)
        return {
            receiver: {sender: sealed[sender][receiver] for sender in senders if sender != receiver}
            for receiver in senders
        }

    def add(self, party: int, vector: NDArray[np.uint64], *, size: int) -> None:
        """Add a masked update of ``size`` entries; ``SecureAggregationError`` when it is none of this sum."""
        expected = HEAD + size
        if party not in self.masked_with or party in self.added:
            raise SecureAggregationError(
                f"party {party} sent a masked update that nobody waits for",
                where=f"round {self.session.round}",
            )
        if vector.dtype != np.uint64 or vector.shape != (expected,):
            raise SecureAggregationError(
                f"party {party} sent {vector.dtype} numbers of shape {vector.shape}",
                where=f"round {self.session.round}",
                expected=f"uint64 of shape ({expected},)",
            )
        if self.total is None:
            self.total = vector.copy()
        else:
            np.add(self.total, vector, out=self.total)
        self.added.add(party)

    def survivors(self) -> tuple[int, ...]:
        """Who answered; raises ``SecureAggregationError`` when they are fewer than must."""
        self._enough(self.added, "sent their masked update")
        return tuple(sorted(self.added))

    def unmask(self, revealed: Sequence[Revealed]) -> Mean:
        """The weighted mean of the survivors' updates.

        Raises ``SecureAggregationError`` when too few told their pieces, or the pieces do not fit what was told at the
        start; the sum is then worth nothing, and nothing is learnt from it.
        """
        survivors = self.survivors()
        told = {one.party: one for one in revealed if one.party in self.added}
        self._enough(told, "told the pieces that take the masks away")
        if self.total is None:
            raise SecureAggregationError("nothing was added up")
        total = self.total
        self.total = None
        for party in survivors:
            seed = join(self._some(told, party, "seeds"), length=SEED_BYTES)
            if seed is None or commitment_to(seed) != self.session[party].commitment:
                raise self._bad_pieces(party)
            add_mask(total, seed, take_away=True)
        for party in sorted({*self.masked_with} - {*survivors}):
            key = join(self._some(told, party, "keys"), length=SEED_BYTES)
            if key is None or public_of(key) != self.session[party].mask_key:
                raise self._bad_pieces(party)
            for other in survivors:
                shared = agreed(
                    key,
                    self.session[other].mask_key,
                    session=self.session.id,
                    purpose=mask_purpose(party, other),
                )
                # The survivor added the pair's mask where its number is the smaller one.
                add_mask(total, shared, take_away=other < party)
        return from_ring(total, self.session.terms, survivors)

    def _some(
        self, told: Mapping[int, Revealed], about: int, kind: Literal["seeds", "keys"]
    ) -> dict[int, int]:
        """As many pieces of one kind as are needed, by who told them; who told the other kind told none."""
        pieces = {
            one.party: getattr(one, kind)[about] for one in told.values() if about in getattr(one, kind)
        }
        if len(pieces) < self.session.threshold:
            raise self._bad_pieces(about)
        return dict([*pieces.items()][: self.session.threshold])

    def _enough(self, parties: Collection[int], did: str) -> None:
        if len(parties) < self.session.threshold:
            lost = sorted({*self.session.numbers} - {*parties})
            raise SecureAggregationError(
                f"{len(parties)} of {len(self.session.parties)} parties {did}",
                where=f"round {self.session.round}",
                expected=f"{self.session.threshold} or more (threshold_share {self.session.terms.threshold_share:.3g})",
                remedy=f"the round is lost; missing: {', '.join(map(str, lost))}",
            )

    def _bad_pieces(self, party: int) -> SecureAggregationError:
        return SecureAggregationError(
            f"the pieces of party {party}'s secret do not fit what it told at the start",
            where=f"round {self.session.round}",
            expected="pieces as that party made them",
            remedy="a party does not keep to the protocol; the round is lost",
        )
