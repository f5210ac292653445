"""One party's side of a secure sum: it masks its update, and says no to whatever would unmask it.

Bonawitz et al., Practical Secure Aggregation for Privacy-Preserving Machine Learning, CCS 2017, section 4: each pair of
parties shares a mask that one adds and the other takes away, each party adds a mask of its own besides, and the secrets
behind both are in pieces with all the others. At the end the others tell the pieces of the own mask of those that
answered, or of the pair's key of those that did not, and never both of one party.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from garrison.federated.secure_aggregation.fixed_point import to_ring
from garrison.federated.secure_aggregation.identity import Identity, KnownParties
from garrison.federated.secure_aggregation.keys import Advertisement, RoundKeys, agreed, seal, unseal
from garrison.federated.secure_aggregation.masks import add_mask
from garrison.federated.secure_aggregation.refusal import SecureAggregationError
from garrison.federated.secure_aggregation.session import Session
from garrison.federated.secure_aggregation.shamir import SHARE_BYTES, split
from garrison.federated.secure_aggregation.terms import Terms


@dataclass(frozen=True)
class Revealed:
    """The pieces that a party tells at the end: of the own mask of who answered, of the pair's key of who did not."""

    party: int
    seeds: Mapping[int, int] = field(repr=False)
    keys: Mapping[int, int] = field(repr=False)


@dataclass
class PartyRound:
    """The secrets of a party in one round, and how far it has come.

    The calls come in this order, each once: ``begin``, ``share``, ``mask``, ``reveal``. Between them it can be put
    away with ``to_json`` and taken up again; what is put away is as secret as the party's data.
    """

    party: int
    round: int
    terms: Terms
    keys: RoundKeys = field(repr=False)
    session: Session | None = None
    held: dict[int, tuple[int, int]] = field(default_factory=dict, repr=False)
    masked_with: tuple[int, ...] = ()
    masked: bool = False
    survivors: tuple[int, ...] = ()

    @classmethod
    def begin(
        cls, party: int, round: int, terms: Terms, *, identity: Identity | None = None
    ) -> tuple["PartyRound", Advertisement]:
        """Fresh keys for a round, and what everybody may know of them; signed where the party has an identity."""
        keys = RoundKeys.make()
        told = keys.advertisement(party)
        if identity is not None:
            told = identity.sign(told, round)
        return cls(party, round, terms, keys), told

    def share(
        self, advertisements: Sequence[Advertisement], *, known: KnownParties | None = None
    ) -> dict[int, bytes]:
        """For each other party a sealed piece of both secrets.

        Raises ``SecureAggregationError`` when the list lacks this party or shows other keys for it, names fewer
        parties than the terms allow, or (where the parties know each other) one that is not known or did not sign.
        """
        if self.session is not None:
            raise self._no("was asked for pieces of its secrets twice", "once a round")
        session = Session.of(self.round, self.terms, advertisements)
        own = self.keys.advertisement(self.party)
        if session[self.party].body(self.round) != own.body(self.round):
            raise self._no("found other keys under its number", "the keys that it told")
        if known is not None:
            known.check(session)
        numbers = session.numbers
        seeds = split(self.keys.seed, to=numbers, threshold=session.threshold)
        keys = split(self.keys.mask, to=numbers, threshold=session.threshold)
        self.session = session
        self.held[self.party] = seeds[self.party], keys[self.party]
        return {
            other: seal(
                self._sealing(session, self.party, other),
                seeds[other].to_bytes(SHARE_BYTES, "big") + keys[other].to_bytes(SHARE_BYTES, "big"),
                about=_about(session, self.party, other),
            )
            for other in numbers
            if other != self.party
        }

    def take(self, sealed: Mapping[int, bytes]) -> None:
        """Keep the pieces of those whose pieces came; masks will be shared with them alone.

        Raises ``SecureAggregationError`` when a piece was changed on its way, or fewer parties are left than must.
        """
        session = self._session()
        if self.masked_with:
            raise self._no("was sent pieces twice", "once a round")
        for sender, content in sealed.items():
            if sender == self.party or sender not in session.numbers:
                raise self._no(f"was sent a piece by {sender}", "pieces of the other parties of the round")
            piece = unseal(
                self._sealing(session, sender, self.party), content, about=_about(session, sender, self.party)
            )
            if piece is None or len(piece) != 2 * SHARE_BYTES:
                raise self._no(
                    f"cannot open the piece that is said to be from {sender}",
                    "a piece as that party sealed it, with the keys that all were told",
                )
            self.held[sender] = (
                int.from_bytes(piece[:SHARE_BYTES], "big"),
                int.from_bytes(piece[SHARE_BYTES:], "big"),
            )
        if len(self.held) < session.threshold:
            raise self._no(
                f"was left with {len(self.held)} parties",
                f"{session.threshold} or more of {len(session.parties)}",
            )
        self.masked_with = tuple(sorted(self.held))

    def mask(self, update: NDArray[np.floating], examples: int) -> NDArray[np.uint64]:
        """The weighted update behind its masks: ``(2 + d,)`` uint64, each number by itself uniformly random.

        Raises ``SecureAggregationError`` when it was asked before: two updates behind one mask give their difference.
        """
        session = self._session()
        if not self.masked_with or self.masked:
            raise self._no("was asked for its masked update out of turn", "after the pieces came, once")
        self.masked = True
        vector = to_ring(update, examples, self.terms)
        add_mask(vector, self.keys.seed)
        for other in self.masked_with:
            if other != self.party:
                shared = agreed(
                    self.keys.mask,
                    session[other].mask_key,
                    session=session.id,
                    purpose=mask_purpose(self.party, other),
                )
                add_mask(vector, shared, take_away=other < self.party)
        return vector

    def reveal(self, survivors: Collection[int]) -> Revealed:
        """The pieces that the server needs to take the masks of ``survivors``' sum away.

        Raises ``SecureAggregationError`` when it would have to tell both pieces of one party (another list of
        survivors than before), when fewer survive than must, or one who shared no masks.
        """
        session = self._session()
        if not self.masked:
            raise self._no("was asked for pieces before it had masked its update", "the masked update first")
        asked = tuple(sorted({*survivors}))
        if self.survivors not in ((), asked):
            raise self._no(
                "was asked for both pieces of one party",
                "the same list of survivors as before: with both, that party's update could be unmasked",
            )
        if not {*asked} <= {*self.masked_with}:
            raise self._no("was told of survivors who share no masks", "parties whose pieces came")
        if len(asked) < session.threshold:
            raise self._no(
                f"was asked to unmask a sum of {len(asked)} parties",
                f"{session.threshold} or more of {len(session.parties)}",
            )
        self.survivors = asked
        return Revealed(
            self.party,
            {one: self.held[one][0] for one in asked},
            {one: self.held[one][1] for one in self.masked_with if one not in asked},
        )

    def _session(self) -> Session:
        if self.session is None:
            raise self._no("was asked out of turn", "keys, pieces, update, unmasking, in this order")
        return self.session

    def _sealing(self, session: Session, sender: int, receiver: int) -> bytes:
        other = receiver if sender == self.party else sender
        return agreed(
            self.keys.seal, session[other].seal_key, session=session.id, purpose=f"seal {sender} {receiver}"
        )

    def _no(self, what: str, expected: str) -> SecureAggregationError:
        return SecureAggregationError(
            f"party {self.party} {what}", where=f"round {self.round}", expected=expected
        )

    def to_json(self) -> dict[str, Any]:
        """All of it as plain values, secrets included."""
        return {
            "party": self.party,
            "round": self.round,
            "terms": self.terms.to_json(),
            "keys": [self.keys.mask.hex(), self.keys.seal.hex(), self.keys.seed.hex()],
            "session": [one.to_json() for one in self.session.parties] if self.session else None,
            "held": [[one, f"{seed:x}", f"{key:x}"] for one, (seed, key) in self.held.items()],
            "masked_with": [*self.masked_with],
            "masked": self.masked,
            "survivors": [*self.survivors],
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "PartyRound":
        """What ``to_json`` gave."""
        terms = Terms(**kept["terms"])
        told = kept["session"]
        return cls(
            party=kept["party"],
            round=kept["round"],
            terms=terms,
            keys=RoundKeys(*(bytes.fromhex(one) for one in kept["keys"])),
            session=Session.of(kept["round"], terms, [*map(Advertisement.from_json, told)]) if told else None,
            held={one: (int(seed, 16), int(key, 16)) for one, seed, key in kept["held"]},
            masked_with=tuple(kept["masked_with"]),
            masked=kept["masked"],
            survivors=tuple(kept["survivors"]),
        )


def mask_purpose(one: int, other: int) -> str:
    """What the mask's key of a pair is derived for; the same from either side."""
    return f"mask {min(one, other)} {max(one, other)}"


def _about(session: Session, sender: int, receiver: int) -> bytes:
    return session.id + f"{sender} to {receiver}".encode()
