"""One round's talk between the coordinator and the parties: weights out, updates back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from garrison.federated.messages import bytes_of, first_line, update_of
from garrison.federated.updates import Arrays, Refused, Update

if TYPE_CHECKING:
    from flwr.app import Message


@dataclass(frozen=True)
class Exchanged:
    """The updates that came back, ordered by party, and the parties that were ``lost``, each with the reason.

    Bytes are those of the weights, as the coordinator sent and received them.
    """

    updates: tuple[Update, ...]
    lost: tuple[Refused, ...]
    bytes_sent: int
    bytes_received: int


class Exchange(Protocol):
    """How updates come to the coordinator: in the clear, or summed up under masks."""

    def __call__(
        self,
        grid: Any,
        messages: "Sequence[Message]",
        *,
        names: Mapping[int, str],
        sent: Arrays,
        number: int,
        patience_s: float,
    ) -> Exchanged:
        """Send each message and gather what comes back within ``patience_s`` seconds.

        ``names`` gives the party of each node, ``sent`` are the weights in the messages, ``number`` is the round's.
        An exchange that hides the parties gives one update for all of them.
        """


def in_the_clear(
    grid: Any,
    messages: "Sequence[Message]",
    *,
    names: Mapping[int, str],
    sent: Arrays,
    number: int,  # noqa: ARG001
    patience_s: float,
) -> Exchanged:
    """The coordinator sees every party's update."""
    replies = list(grid.send_and_receive(messages, timeout=patience_s))
    updates, lost = [], []
    silent = {names[message.metadata.dst_node_id] for message in messages}
    for reply in replies:
        party = names.get(reply.metadata.src_node_id)
        if party not in silent:
            continue
        silent.discard(party)
        if reply.has_error():
            lost.append(Refused(party, f"it failed: {first_line(reply.error.reason)}"))
            continue
        try:
            updates.append(update_of(party, reply.content, sent))
        except ValueError as error:
            lost.append(Refused(party, str(error)))
    lost.extend(Refused(party, f"no answer within {patience_s:g} s") for party in silent)
    return Exchanged(
        updates=tuple(sorted(updates, key=lambda update: update.party)),
        lost=tuple(sorted(lost, key=lambda refused: refused.party)),
        bytes_sent=bytes_of(messages),
        bytes_received=bytes_of(replies),
    )
