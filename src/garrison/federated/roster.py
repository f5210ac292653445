"""Who is there: the nodes that are connected, and which party each of them is."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from garrison.errors import ModelError
from garrison.federated.messages import CONFIG, EXAMPLES, PARTY, REPRODUCIBLE, first_line

if TYPE_CHECKING:
    from flwr.app import Message

POLL_S = 0.5
ASK_S = 60.0
"""How long a node may take to say who it is, in seconds, before the round goes on without it; it is asked again."""


@dataclass(frozen=True)
class Member:
    """A party that has introduced itself: its ``node``, its name and how many records it has.

    ``reproducible`` says that it draws even its noise from the plan's seed, as in a study.
    """

    node: int
    party: str
    examples: int
    reproducible: bool = False


@dataclass
class Roster:
    """Asks every node once who it is, and remembers; a party that comes back under a new node is the same party.

    It waits for ``least`` parties, up to ``patience_s`` seconds.
    """

    patience_s: float
    least: int = 1
    known: dict[int, Member] = field(default_factory=dict)
    faults: dict[int, str] = field(default_factory=dict)

    def present(self, grid: Any, *, where: str = "") -> dict[str, Member]:
        """The parties that are connected now, by their names, in the order of their names.

        Where two nodes bear one name, the one that came last counts: the other is what a lost connection left behind.
        ``ModelError`` when too few have come in time; ``where`` says what was waited for.
        """
        until = time.monotonic() + self.patience_s
        while len(there := self._now(grid)) < self.least:
            if time.monotonic() > until or getattr(grid, "fixed", False):
                faults = "; ".join(f"one did not introduce itself: {fault}" for fault in self.faults.values())
                raise ModelError(
                    f"{len(there)} parties are connected: {', '.join(there) or 'none'}",
                    where="; ".join(filter(None, (where, faults))),
                    expected=f"{self.least} or more within {self.patience_s:g} s (minimum_parties)",
                    remedy="start the others, or lower minimum_parties; the last good round is kept",
                )
            time.sleep(POLL_S)
        return there

    def _now(self, grid: Any) -> dict[str, Member]:
        nodes = list(grid.get_node_ids())
        if unknown := [node for node in nodes if node not in self.known]:
            self._ask(grid, unknown)
        there = {member.party: member for member in self.known.values() if member.node in set(nodes)}
        return dict(sorted(there.items()))

    def _ask(self, grid: Any, nodes: Iterable[int]) -> None:
        from flwr.app import Message, MessageType, RecordDict

        questions = [
            Message(RecordDict(), dst_node_id=node, message_type=MessageType.QUERY) for node in sorted(nodes)
        ]
        answers = grid.send_and_receive(questions, timeout=min(self.patience_s, ASK_S))
        for answer in sorted(answers, key=lambda each: each.metadata.src_node_id):
            node = int(answer.metadata.src_node_id)
            self.faults.pop(node, None)
            if (member := _member(answer)) is not None:
                self.known[node] = member
            else:
                self.faults[node] = first_line(answer.error.reason) if answer.has_error() else "no name"


def _member(answer: "Message") -> Member | None:
    """Who answered; None for an answer that introduces nobody."""
    if answer.has_error() or CONFIG not in answer.content.config_records:
        return None
    about = answer.content.config_records[CONFIG]
    name, examples = about.get(PARTY), about.get(EXAMPLES)
    if not isinstance(name, str) or not name.isprintable() or not 0 < len(name) <= 200:
        return None
    if isinstance(examples, bool) or not isinstance(examples, int) or examples < 1:
        return None
    reproducible = about.get(REPRODUCIBLE) is True
    return Member(int(answer.metadata.src_node_id), name, examples, reproducible)
