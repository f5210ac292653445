"""A party in a federation over the network, from its first connection to the server's good-bye."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from garrison.errors import FederationError
from garrison.federated.deployment.farewell import FAREWELL
from garrison.federated.deployment.server_address import Address, greet, trusting
from garrison.federated.deployment.supernode import SuperNode
from garrison.federated.deployment.tasks import Worker
from garrison.federated.local_training import LocalTraining, train_locally
from garrison.federated.messages import CONFIG, LOSS, METRICS, ROUND
from garrison.federated.model import new_model
from garrison.federated.party import Party
from garrison.federated.party_app import check_most_epsilon, party_app
from garrison.federated.secure_aggregation import Masking
from garrison.files import output_errors
from garrison.run.lock import FolderLock
from garrison.spread import torch_threads

if TYPE_CHECKING:
    from flwr.app import Context, Message

Say = Callable[[str], None]

_LOOK_S = 2.0
_PAUSE_S = 0.2
_REFUSALS = 3
_AFTERWARDS_S = 3.0
_LOCK = ".lock"


@dataclass(frozen=True)
class HowToTakePart:
    """Where the server is, and what the party demands of it.

    ``ca`` is the certificate of the authority that the server's was made by; ``key`` the party's own private key, where
    the server wants to know its parties. With ``masking`` it sends no update but masked ones; with ``most_epsilon`` it
    declines what would cost its records more. ``give_up_after_s`` seconds without the server end it; None: never.
    ``UsageError`` for a ``most_epsilon`` that is no number above 0.
    """

    server: Address
    ca: Path
    key: Path | None = None
    masking: Masking | None = None
    most_epsilon: float | None = None
    give_up_after_s: float | None = None

    def __post_init__(self) -> None:
        check_most_epsilon(self.most_epsilon)


def take_part(party: Party, how: HowToTakePart, *, folder: Path, say: Say) -> int:
    """Train whenever the server asks, until it says good-bye; gives the number of rounds that were trained.

    A server that cannot be reached is waited for, and one that was lost is looked for again. ``folder`` is for the log
    and for what Flower keeps; the party's records are not copied there. ``say`` is told what a person wants to know.

    Raises ``FederationError`` when the server is not to be trusted, does not know the party, or stays away for longer
    than ``give_up_after_s``; ``RunBusy`` when another process takes part from this folder.
    """
    with output_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    with FolderLock(folder / _LOCK):
        return _take_part(party, how, folder=folder, say=say)


def _take_part(party: Party, how: HowToTakePart, *, folder: Path, say: Say) -> int:
    trusting(how.ca)  # what cannot be used is said before PyTorch is loaded
    answers = _Answers(party, how, say)
    logging.getLogger("flwr").setLevel(logging.ERROR)  # here, as Flower sets another one when it is imported
    _rehearse(party)
    seen, refusals, waiting = time.monotonic(), 0, False
    while True:
        if not greet(how.server, how.ca):
            if not waiting:
                say(f"waiting for the server at {how.server}")
                waiting = True
            _give_up(how, seen)
            time.sleep(1.0)
            continue
        waiting = False
        node = SuperNode(how.server, ca=how.ca, key=how.key, folder=folder)
        try:
            connected = _work(node, how, answers, say)
            if answers.farewell:
                return answers.rounds
            refusals = 0 if connected else refusals + 1
            if refusals >= _REFUSALS:
                raise node.refusal()
        finally:
            node.stop()
        seen = time.monotonic()
        time.sleep(1.0)


def _rehearse(party: Party) -> None:
    """Train on one record of no meaning, so that PyTorch is loaded before a round waits for it."""
    model = new_model("mlp", shape=tuple(party.x.shape[1:]), classes=2, seed=0)
    with torch_threads():
        train_locally(model.module, party.x[:1], np.zeros(1, np.int64), LocalTraining(), seed=0)


def _work(node: SuperNode, how: HowToTakePart, answers: "_Answers", say: Say) -> bool:
    """Let what is asked be done until the connection ends or the server says good-bye; whether there was a connection.

    A server that was away and is back is a new one, which wants to be connected to anew.
    """
    connected, away = False, False
    looked = seen = time.monotonic()
    worker = Worker(node.tasks, answers)
    try:
        while not node.process.ended:
            if not connected and node.node is not None:
                connected = True
                say(f"connected to {how.server} as node {node.node}")
            if answers.farewell:
                time.sleep(_AFTERWARDS_S)
                return True
            if time.monotonic() - looked > _LOOK_S:
                looked = time.monotonic()
                there = greet(how.server, how.ca)
                if there and away:
                    return connected
                if not there and not away:
                    say("lost the server; looking for it again")
                away = not there
                seen = looked if there else seen
                _give_up(how, seen)
            time.sleep(_PAUSE_S)
    finally:
        worker.stop()
    return connected or node.node is not None


def _give_up(how: HowToTakePart, seen: float) -> None:
    if how.give_up_after_s is not None and time.monotonic() - seen > how.give_up_after_s:
        raise FederationError(
            f"the server has not answered for {how.give_up_after_s:g} s",
            where=str(how.server),
            remedy="is it running? is the address right? then start the party again",
        )


@dataclass
class _Answers:
    """The party's client app, with a word for the person about each training."""

    party: Party
    how: HowToTakePart
    say: Say
    rounds: int = 0
    farewell: bool = False
    app: Any = field(init=False)
    _one_at_a_time: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        make = self.how.masking.app_of if self.how.masking is not None else party_app
        self.app = make(self._source, reproducible=False, most_epsilon=self.how.most_epsilon)

    def __call__(self, message: "Message", context: "Context") -> "Message":
        """Answer; what fails is said here too, and raised."""
        if message.metadata.message_type == f"query.{FAREWELL}":
            from flwr.app import Message, RecordDict

            self.farewell = True
            return Message(RecordDict(), reply_to=message)
        with self._one_at_a_time:
            return self._answer(message, context)

    def _answer(self, message: "Message", context: "Context") -> "Message":
        kind, begun = message.metadata.message_type, time.monotonic()
        config: Any = message.content.config_records.get(CONFIG) or {}
        number = config.get(ROUND)
        try:
            answer: Message = self.app(message, context)
        except Exception as error:
            what = f"round {number}" if number is not None else kind
            self.say(
                f"{what}: declined: {str(error).splitlines()[0] if str(error) else type(error).__name__}"
            )
            raise
        if kind == "train":
            self.rounds += 1
            figures: Any = answer.content.metric_records.get(METRICS) or {}
            loss = f", loss {figures[LOSS]:.4f}" if LOSS in figures else ""
            hidden = ", sent behind masks" if self.how.masking is not None else ""
            self.say(
                f"round {number}: trained on {len(self.party.y):,} records in"
                f" {time.monotonic() - begun:.1f} s{loss}{hidden}"
            )
        return answer

    def _source(self, _: object) -> Party:
        return self.party
