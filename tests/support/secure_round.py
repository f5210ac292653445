"""One secure sum among parties in this process, with parties that fall silent where a test wants them to."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from garrison.federated.secure_aggregation import Advertisement, MaskedSum, Mean, PartyRound, Revealed, Terms

Update = NDArray[np.float64]


@dataclass
class SeenByServer:
    """Everything that reached the server in a round."""

    advertisements: list[Advertisement] = field(default_factory=list)
    sealed: dict[int, dict[int, bytes]] = field(default_factory=dict)
    masked: dict[int, NDArray[np.uint64]] = field(default_factory=dict)
    revealed: list[Revealed] = field(default_factory=list)
    parties: dict[int, PartyRound] = field(default_factory=dict)
    server: MaskedSum | None = None
    mean: Mean | None = None


def secure_round(
    updates: Mapping[int, Update],
    examples: Mapping[int, int],
    *,
    terms: Terms | None = None,
    silent: Mapping[str, Collection[int]] | None = None,
    seen: SeenByServer | None = None,
) -> Mean:
    """Run all phases; ``silent`` names who does not answer from ``keys``, ``pieces``, ``update`` or ``reveal`` on."""
    terms = terms or Terms()
    seen = seen if seen is not None else SeenByServer()
    phases = ["keys", "pieces", "update", "reveal"]

    def answers(party: int, phase: str) -> bool:
        gone = [p for earlier in phases[: phases.index(phase) + 1] for p in (silent or {}).get(earlier, ())]
        return party not in gone

    for party in updates:
        if answers(party, "keys"):
            seen.parties[party], told = PartyRound.begin(party, 1, terms)
            seen.advertisements.append(told)
    server = seen.server = MaskedSum.open(1, terms, seen.advertisements)
    for party in seen.parties:
        if answers(party, "pieces"):
            seen.sealed[party] = seen.parties[party].share(seen.advertisements)
    for party, pieces in server.relay(seen.sealed).items():
        if answers(party, "update"):
            seen.parties[party] = PartyRound.from_json(seen.parties[party].to_json())
            seen.parties[party].take(pieces)
            seen.masked[party] = seen.parties[party].mask(updates[party], examples[party])
            server.add(party, seen.masked[party], size=updates[party].size)
    survivors = server.survivors()
    for party in survivors:
        if answers(party, "reveal"):
            seen.revealed.append(seen.parties[party].reveal(survivors))
    seen.mean = server.unmask(seen.revealed)
    return seen.mean
