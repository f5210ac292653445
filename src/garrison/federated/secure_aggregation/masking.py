"""A party's part of secure aggregation, around whatever trains: it sends nothing but masked updates."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from garrison.federated.messages import ARRAYS, EXAMPLES, METRICS, arrays_of
from garrison.federated.party_app import Source, party_app
from garrison.federated.secure_aggregation.identity import Identity, KnownParties
from garrison.federated.secure_aggregation.party import PartyRound
from garrison.federated.secure_aggregation.refusal import SecureAggregationError
from garrison.federated.secure_aggregation.wire import (
    KEYS,
    MASKED,
    PIECES,
    REVEAL,
    SECURE,
    advertisements_of,
    advertisements_record,
    opening_of,
    revealed_record,
    sealed_of,
    sealed_record,
    survivors_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from flwr.app import ConfigRecord, Context, Message
    from flwr.clientapp import ClientApp

_STATE = "secure-round"


@dataclass(frozen=True)
class Masking:
    """What a party demands of a secure sum, and how it is known to the others.

    ``fewest`` is the least number of parties that it sums up with, whatever the server says. With an ``identity`` it
    signs its keys; with ``known`` it takes part only where all others signed with the keys listed there.
    """

    fewest: int = 3
    identity: Identity | None = None
    known: KnownParties | None = None

    def app_of(self, source: Source, **options: Any) -> "ClientApp":
        """The client app of a party that sends masked updates only; ``options`` are those of ``party_app``."""
        app = party_app(source, mods=(self.mod,), **options)
        self.add_to(app)
        return app

    def mod(self, message: "Message", context: "Context", train: "Callable[..., Message]") -> "Message":
        """Flower's kind of middleware around training: pieces in, a masked update out.

        Raises ``SecureAggregationError`` where the server asks for an update without masks.
        """
        from flwr.app import Array, ArrayRecord, Message, RecordDict

        records = message.content.config_records
        if SECURE not in records:
            raise SecureAggregationError(
                "the server asked for an update in the clear",
                expected="a round of secure aggregation: this party sends no other update",
            )
        state = _kept(context)
        state.take(sealed_of(records[SECURE]))
        sent = arrays_of(message.content.array_records[ARRAYS])
        message.content = RecordDict({name: each for name, each in message.content.items() if name != SECURE})
        answer = train(message, context)
        if answer.has_error():
            return answer
        learnt = arrays_of(answer.content.array_records[ARRAYS])
        change = np.concatenate(
            [
                np.ravel(np.asarray(learnt[name], np.float64) - np.asarray(sent[name], np.float64))
                for name in sent
            ]
        )
        examples = answer.content.metric_records[METRICS][EXAMPLES]
        masked = state.mask(change, int(examples))  # type: ignore[arg-type]
        _keep(context, state)
        return Message(RecordDict({ARRAYS: ArrayRecord({MASKED: Array(masked)})}), reply_to=message)

    def add_to(self, app: "ClientApp") -> None:
        """Let the app answer the phases before and after training; ``mod`` belongs on its training."""
        from flwr.app import Message, RecordDict

        def answered(message: "Message", record: "ConfigRecord") -> "Message":
            return Message(RecordDict({SECURE: record}), reply_to=message)

        @app.query(KEYS)
        def keys(message: "Message", context: "Context") -> "Message":
            opening = opening_of(message.content.config_records[SECURE])
            if opening.terms.fewest < self.fewest:
                raise SecureAggregationError(
                    f"the server sums up {opening.terms.fewest} parties",
                    expected=f"{self.fewest} or more, as this party demands",
                )
            state, told = PartyRound.begin(
                opening.party, opening.round, opening.terms, identity=self.identity
            )
            _keep(context, state)
            return answered(message, advertisements_record([told]))

        @app.query(PIECES)
        def pieces(message: "Message", context: "Context") -> "Message":
            state = _kept(context)
            told = advertisements_of(message.content.config_records[SECURE])
            sealed = state.share(told, known=self.known)
            _keep(context, state)
            return answered(message, sealed_record(sealed))

        @app.query(REVEAL)
        def reveal(message: "Message", context: "Context") -> "Message":
            state = _kept(context)
            revealed = state.reveal(survivors_of(message.content.config_records[SECURE]))
            _keep(context, state)
            return answered(message, revealed_record(revealed))


def _keep(context: "Context", state: PartyRound) -> None:
    from flwr.app import ConfigRecord

    context.state[_STATE] = ConfigRecord({"json": json.dumps(state.to_json())})


def _kept(context: "Context") -> PartyRound:
    record: Any = context.state.get(_STATE)
    if record is None:
        raise SecureAggregationError(
            "this party has no keys of the round",
            expected="the phases in their order, without a new start between them",
        )
    return PartyRound.from_json(json.loads(str(record["json"])))
