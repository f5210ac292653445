"""What the coordinator and the parties say to one another, in Flower's records.

To a party, on ``train``: the weights (``arrays``) and, in ``config``, the plan as JSON, the number of the round, and
the noisy steps that the coordinator knows this party to have taken. Back: its weights (``arrays``) and its figures
(``metrics``: ``num-examples``; without privacy also ``loss``). On ``query``: the party's name and how many records it
has.
"""

import io
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from garrison.federated.array_header import claimed_bytes
from garrison.federated.ledger import Ledger
from garrison.federated.plan import Plan
from garrison.federated.updates import Arrays, Update

if TYPE_CHECKING:
    from flwr.app import Array, ArrayRecord, ConfigRecord, Message, RecordDict

ARRAYS, CONFIG, METRICS = "arrays", "config", "metrics"
EXAMPLES, LOSS, EPSILON = "num-examples", "loss", "epsilon"
PLAN, ROUND, LEDGER, PROXIMAL = "plan", "server-round", "ledger", "proximal-mu"
PARTY, REPRODUCIBLE = "party", "reproducible"

_HEAD_BYTES = 1024
_NOT_AN_ARRAY = (ValueError, TypeError, EOFError, OSError, KeyError, OverflowError, SyntaxError)


def array_record(arrays: Arrays) -> "ArrayRecord":
    """Weights as Flower sends them: each in NumPy's own format."""
    from flwr.app import Array, ArrayRecord

    return ArrayRecord({name: Array(np.asarray(array)) for name, array in arrays.items()})


def arrays_of(record: "ArrayRecord") -> dict[str, NDArray[np.generic]]:
    """The weights in a record, by their names."""
    return {name: array.numpy() for name, array in record.items()}


def plan_record(plan: Plan) -> "ConfigRecord":
    """What every party is told of the plan."""
    from flwr.app import ConfigRecord

    return ConfigRecord({PLAN: json.dumps(plan.to_dict(), sort_keys=True)})


def told(message: "Message", *, ledger: Ledger) -> "Message":
    """The message with what is for its receiver alone."""
    from flwr.app import ConfigRecord, RecordDict

    config = ConfigRecord({**message.content.config_records[CONFIG], LEDGER: json.dumps(ledger.to_list())})
    message.content = RecordDict({ARRAYS: message.content.array_records[ARRAYS], CONFIG: config})
    return message


def update_of(party: str, content: "RecordDict", sent: Arrays) -> Update:
    """The update in a reply; ``ValueError`` says why there is none.

    A party's answer is hostile until shown otherwise: nothing of it is unpacked that is larger than it may be.
    """
    arrays = _only(content.array_records, "record of weights")
    figures = _only(content.metric_records, "record of figures")
    examples = figures.get(EXAMPLES)
    if isinstance(examples, bool) or not isinstance(examples, int | float):
        raise ValueError(f"it does not state {EXAMPLES!r} as a number")
    if unknown := [name for name in arrays if name not in sent]:
        raise ValueError(f"the model has no {unknown[0]!r}"[:300])
    unpacked = {
        name: unpacked_array(name, array, most=2 * sent[name].nbytes) for name, array in arrays.items()
    }
    return Update(party=party, arrays=unpacked, examples=float(examples), figures=dict(figures))


def unpacked_array(name: str, array: "Array", *, most: int) -> NDArray[np.generic]:
    """An array that somebody sent, of at most ``most`` bytes; ``ValueError`` says why there is none.

    What its header says is looked at before there is memory for it.
    """
    if len(array.data) > most + _HEAD_BYTES:
        raise ValueError(f"{name!r} has {len(array.data):,} bytes, more than {most + _HEAD_BYTES:,}")
    try:
        if (claimed := claimed_bytes(io.BytesIO(array.data))) > most:
            raise ValueError(f"{claimed:,} bytes")
        return array.numpy()
    except _NOT_AN_ARRAY as error:
        raise ValueError(
            f"its weights cannot be read: {name!r} ({type(error).__name__}: {error})"[:300]
        ) from error


def reply_with(update: Update) -> "Message":
    """An update that has been checked, as the message that Flower's strategies aggregate."""
    from flwr.app import Message, MessageType, MetricRecord, RecordDict

    content = RecordDict(
        {ARRAYS: array_record(update.arrays), METRICS: MetricRecord({EXAMPLES: update.examples})}
    )
    return Message(content, dst_node_id=0, message_type=MessageType.TRAIN)


def bytes_of(messages: "Sequence[Message]") -> int:
    """How many bytes of weights these messages carry."""
    return sum(
        record.count_bytes()
        for message in messages
        if message.has_content()
        for record in message.content.array_records.values()
    )


def first_line(reason: str | None) -> str:
    """What Flower says of a failure, cut to one line that can be shown."""
    lines = [line.strip() for line in (reason or "no reason given").splitlines() if line.strip()]
    return "".join(each for each in (lines or ["no reason given"])[-1] if each.isprintable())[:300]


def _only(records: Mapping[str, Any], what: str) -> Any:
    if len(records) != 1:
        raise ValueError(f"it has {len(records)} of one {what}")
    return next(iter(records.values()))
