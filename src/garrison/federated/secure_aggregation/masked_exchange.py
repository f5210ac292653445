"""The coordinator's part of secure aggregation: one round's talk in which it sees the parties' sum alone."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from garrison.errors import UsageError
from garrison.federated.exchange import Exchanged
from garrison.federated.messages import CONFIG, PLAN, bytes_of, first_line, unpacked_array
from garrison.federated.plan import Plan
from garrison.federated.secure_aggregation.fixed_point import HEAD, Mean
from garrison.federated.secure_aggregation.keys import Advertisement
from garrison.federated.secure_aggregation.party import Revealed
from garrison.federated.secure_aggregation.refusal import SecureAggregationError
from garrison.federated.secure_aggregation.server import MaskedSum
from garrison.federated.secure_aggregation.terms import Terms
from garrison.federated.secure_aggregation.wire import (
    KEYS,
    MASKED,
    PIECES,
    REVEAL,
    SECURE,
    Opening,
    advertisements_of,
    advertisements_record,
    opening_record,
    revealed_of,
    sealed_of,
    sealed_record,
    survivors_record,
)
from garrison.federated.strategies import STRATEGIES
from garrison.federated.updates import Arrays, Refused, Update

if TYPE_CHECKING:
    from flwr.app import ConfigRecord, Message, RecordDict

Said = TypeVar("Said")

ALL = "all parties together"


@dataclass(frozen=True)
class MaskedExchange:
    """An ``Exchange`` on these terms: keys, sealed pieces, masked updates, unmasking.

    What comes back is one update, the weighted mean of the parties that answered, under the name ``ALL``. Parties that
    fell silent in a phase, or said no, are lost with the reason. ``told`` is called with a line where a sum was cut.
    """

    terms: Terms = field(default_factory=Terms)
    told: Callable[[str], None] | None = None

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
        """One round; raises ``SecureAggregationError`` when fewer parties are left than the terms ask for."""
        _check_plan(messages)
        talk = _Talk(grid, names, number, patience_s)
        by_node = {message.metadata.dst_node_id: message for message in messages}

        openings = {node: opening_record(Opening(number, node, self.terms)) for node in by_node}
        told = talk.ask(KEYS, openings, _advertisement)
        server = MaskedSum.open(number, self.terms, [*told.values()])

        everybody = advertisements_record(server.session.parties)
        sealed = talk.ask(
            PIECES, dict.fromkeys(told, everybody), lambda _, content: sealed_of(_secure(content))
        )
        relayed = server.relay(sealed)

        size = sum(np.asarray(array).size for array in sent.values())
        training = [_with(by_node[node], sealed_record(pieces)) for node, pieces in relayed.items()]
        talk.send(training, lambda node, content: server.add(node, _masked(content, size=size), size=size))
        survivors = server.survivors()

        asked = dict.fromkeys(survivors, survivors_record(survivors))
        revealed = talk.ask(REVEAL, asked, _revealed)
        mean = server.unmask([*revealed.values()])
        if mean.clipped and self.told is not None:
            self.told(
                f"round {number}: {mean.clipped:,} entries of updates were cut to {self.terms.clip:g} (clip)"
            )
        return Exchanged(
            updates=(_update(mean, sent),),
            lost=tuple(sorted(talk.lost.values(), key=lambda refused: refused.party)),
            bytes_sent=bytes_of(training),
            bytes_received=talk.received,
        )


class _Talk:
    """Questions to nodes and their answers, and who was lost on the way."""

    def __init__(self, grid: Any, names: Mapping[int, str], number: int, patience_s: float) -> None:
        self.grid, self.names, self.number, self.patience_s = grid, names, number, patience_s
        self.lost: dict[int, Refused] = {}
        self.received = 0

    def ask(
        self, phase: str, records: "Mapping[int, ConfigRecord]", read: "Callable[[int, RecordDict], Said]"
    ) -> "dict[int, Said]":
        """What each node answers to its record in a phase."""
        from flwr.app import Message, RecordDict

        messages = [
            Message(
                RecordDict({SECURE: record}),
                dst_node_id=node,
                message_type=f"query.{phase}",
                group_id=str(self.number),
            )
            for node, record in records.items()
        ]
        return self.send(messages, read)

    def send(
        self, messages: "Sequence[Message]", read: "Callable[[int, RecordDict], Said]"
    ) -> "dict[int, Said]":
        """What each node answers to its message; who does not, or says something else, is lost."""
        waiting = {message.metadata.dst_node_id for message in messages}
        said = {}
        for reply in self.grid.send_and_receive(messages, timeout=self.patience_s):
            node = reply.metadata.src_node_id
            if node not in waiting:
                continue
            waiting.discard(node)
            if reply.has_error():
                self._lose(node, f"it failed: {first_line(reply.error.reason)}")
                continue
            self.received += bytes_of([reply])
            try:
                said[node] = read(node, reply.content)
            except (SecureAggregationError, ValueError, KeyError) as error:
                self._lose(node, str(error).splitlines()[0])
        for node in waiting:
            self._lose(node, f"no answer within {self.patience_s:g} s")
        return dict(sorted(said.items()))

    def _lose(self, node: int, reason: str) -> None:
        self.lost[node] = Refused(self.names.get(node, str(node)), reason)


def _secure(content: "RecordDict") -> "ConfigRecord":
    record = content.config_records.get(SECURE)
    if record is None:
        raise SecureAggregationError("the answer holds nothing of secure aggregation")
    return record


def _advertisement(node: int, content: "RecordDict") -> Advertisement:
    told = advertisements_of(_secure(content))
    if len(told) != 1 or told[0].party != node:
        raise SecureAggregationError("it told keys of somebody else")
    return told[0]


def _revealed(node: int, content: "RecordDict") -> Revealed:
    revealed = revealed_of(_secure(content))
    if revealed.party != node:
        raise SecureAggregationError("it told pieces in the name of somebody else")
    return revealed


def _masked(content: "RecordDict", *, size: int) -> NDArray[np.uint64]:
    arrays = [array for record in content.array_records.values() for array in record.items()]
    if len(arrays) != 1 or arrays[0][0] != MASKED:
        raise SecureAggregationError("it sent something else than one masked update")
    return np.asarray(unpacked_array(MASKED, arrays[0][1], most=8 * (size + HEAD)))


def _with(message: "Message", record: "ConfigRecord") -> "Message":
    from flwr.app import RecordDict

    message.content = RecordDict({**message.content, SECURE: record})
    return message


def _update(mean: Mean, sent: Arrays) -> Update:
    arrays, begin = {}, 0
    for name, before in sent.items():
        kept = np.asarray(before)
        change = mean.update[begin : begin + kept.size].reshape(kept.shape)
        arrays[name] = (kept.astype(np.float64) + change).astype(kept.dtype)
        begin += kept.size
    return Update(ALL, arrays, float(mean.examples), parties=len(mean.parties))


def _check_plan(messages: "Sequence[Message]") -> None:
    """Raise ``UsageError`` where the plan needs to see what masks hide."""
    config = messages[0].content.config_records.get(CONFIG)
    if config is None or PLAN not in config:
        return
    check_maskable(Plan.from_dict(json.loads(str(config[PLAN]))))


def check_maskable(plan: Plan) -> None:
    """Raise ``UsageError`` where the plan needs to see what masks hide: one party's update."""
    if STRATEGIES[plan.strategy].sees_parties:
        raise UsageError(
            f"the strategy {plan.strategy!r} compares the parties' updates, and secure aggregation hides them",
            expected="fedavg, fedavgm, fedprox or fedadam",
        )
    if plan.central is not None:
        raise UsageError(
            "central privacy cuts each party's update at the server, and secure aggregation hides them",
            expected="one of the two",
            remedy="let the parties add the noise (private training), which goes with masks",
        )
