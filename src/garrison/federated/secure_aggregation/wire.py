"""How the phases of a secure sum travel in Flower's messages.

Each phase is a message type, and what belongs to it is one ``ConfigRecord`` called ``secure``; the masked update is one
array called ``masked``. Parties are numbered by their Flower node, which is 64 bits wide and travels as text.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from garrison.errors import SettingsError
from garrison.federated.secure_aggregation.keys import Advertisement
from garrison.federated.secure_aggregation.party import Revealed
from garrison.federated.secure_aggregation.refusal import SecureAggregationError
from garrison.federated.secure_aggregation.terms import Terms

if TYPE_CHECKING:
    from flwr.app import ConfigRecord

SECURE, MASKED = "secure", "masked"
KEYS, PIECES, REVEAL = "secure_keys", "secure_pieces", "secure_reveal"
MOST_BYTES = 1 << 24
_NOT_THAT = (KeyError, TypeError, ValueError, AttributeError, OverflowError)


@dataclass(frozen=True)
class Opening:
    """What the server asks of each party first: keys for a round on these terms, under this number."""

    round: int
    party: int
    terms: Terms


def opening_record(opening: Opening) -> "ConfigRecord":
    """An opening, to send."""
    return _record({"round": opening.round, "party": str(opening.party), "terms": opening.terms.to_json()})


def opening_of(record: Mapping[str, Any]) -> Opening:
    """What ``opening_record`` made; ``SecureAggregationError`` when it is none."""
    facts = _facts(record)
    try:
        return Opening(int(facts["round"]), int(facts["party"]), Terms.from_json(facts["terms"]))
    except (*_NOT_THAT, SettingsError) as error:
        raise _unreadable("the opening of a round") from error


def advertisements_record(told: Sequence[Advertisement]) -> "ConfigRecord":
    """Public keys of one party or of all, to send."""
    return _record({"told": [[str(one.party), *one.to_json()[1:]] for one in told]})


def advertisements_of(record: Mapping[str, Any]) -> list[Advertisement]:
    """What ``advertisements_record`` made."""
    try:
        return [Advertisement.from_json(one) for one in _facts(record)["told"]]
    except _NOT_THAT as error:
        raise _unreadable("a list of keys") from error


def sealed_record(sealed: Mapping[int, bytes]) -> "ConfigRecord":
    """Sealed pieces by who they are for, or who they are from, to send."""
    return _record({"sealed": {str(party): piece.hex() for party, piece in sealed.items()}})


def sealed_of(record: Mapping[str, Any]) -> dict[int, bytes]:
    """What ``sealed_record`` made."""
    try:
        return {int(party): bytes.fromhex(piece) for party, piece in _facts(record)["sealed"].items()}
    except _NOT_THAT as error:
        raise _unreadable("sealed pieces") from error


def survivors_record(survivors: Sequence[int]) -> "ConfigRecord":
    """Who answered, to send."""
    return _record({"survivors": [str(party) for party in survivors]})


def survivors_of(record: Mapping[str, Any]) -> list[int]:
    """What ``survivors_record`` made."""
    try:
        return [int(party) for party in _facts(record)["survivors"]]
    except _NOT_THAT as error:
        raise _unreadable("a list of survivors") from error


def revealed_record(revealed: Revealed) -> "ConfigRecord":
    """The pieces of one party, to send."""
    return _record(
        {
            "party": str(revealed.party),
            "seeds": {str(party): f"{piece:x}" for party, piece in revealed.seeds.items()},
            "keys": {str(party): f"{piece:x}" for party, piece in revealed.keys.items()},
        }
    )


def revealed_of(record: Mapping[str, Any]) -> Revealed:
    """What ``revealed_record`` made."""
    facts = _facts(record)
    try:
        seeds, keys = (
            {int(party): int(piece, 16) for party, piece in facts[kind].items()} for kind in ("seeds", "keys")
        )
        return Revealed(int(facts["party"]), seeds, keys)
    except _NOT_THAT as error:
        raise _unreadable("the pieces of a party") from error


def _record(facts: Mapping[str, Any]) -> "ConfigRecord":
    from flwr.app import ConfigRecord

    return ConfigRecord({"json": json.dumps(facts)})


def _facts(record: Mapping[str, Any]) -> dict[str, Any]:
    text = record.get("json")
    if isinstance(text, str) and len(text) <= MOST_BYTES:
        try:
            facts = json.loads(text)
        except (ValueError, RecursionError):
            facts = None
        if isinstance(facts, dict):
            return facts
    raise _unreadable("a message of secure aggregation")


def _unreadable(what: str) -> SecureAggregationError:
    return SecureAggregationError(f"{what} cannot be read", remedy="is the other side of the same version?")
