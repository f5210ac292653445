"""What happened in one round of training together."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from garrison.federated.updates import Refused


@dataclass(frozen=True)
class Round:
    """One round: how good the model is after it, what it cost, and who took part.

    ``number`` counts from 1. ``loss`` (mean cross-entropy, nats) and ``accuracy`` are those on the coordinator's data,
    None in rounds that were not judged. ``bytes_sent`` and ``bytes_received`` are the coordinator's, arrays alone.
    ``seconds`` is wall-clock time. ``epsilon`` is what privacy has cost up to here, None where nothing is private.
    ``asked`` and ``answered`` count parties; ``refused`` names those whose update was not used, and those who were
    asked and did not answer. Conventional training makes one round an epoch, without parties.
    """

    number: int
    loss: float | None
    accuracy: float | None
    seconds: float
    bytes_sent: int = 0
    bytes_received: int = 0
    epsilon: float | None = None
    asked: int = 0
    answered: int = 0
    refused: tuple[Refused, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """As JSON; an infinite epsilon is written ``inf``, a loss that is no number ``nan``."""
        facts = {name: getattr(self, name) for name in self.__dataclass_fields__}
        for name in ("loss", "epsilon"):
            if facts[name] is not None and not math.isfinite(facts[name]):
                facts[name] = str(facts[name])
        return {**facts, "refused": [{"party": each.party, "reason": each.reason} for each in self.refused]}

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> "Round":
        """From what ``to_dict`` wrote."""
        numbers = {
            name: float(facts[name]) if facts[name] is not None else None for name in ("loss", "epsilon")
        }
        refused = tuple(Refused(str(each["party"]), str(each["reason"])) for each in facts["refused"])
        return cls(**{**facts, **numbers, "refused": refused})
