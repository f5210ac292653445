"""The grid of a deployment: messages go to parties through the SuperLink, and their answers come back."""

import contextlib
import functools
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from garrison.errors import FederationError
from garrison.federated.deployment.gate_key import GateKey
from garrison.federated.deployment.inbox import Inbox
from garrison.federated.deployment.no_proxy import without_proxies
from garrison.federated.messages import CONFIG, PARTY

if TYPE_CHECKING:
    from flwr.app import Message

_PAUSE_S = 0.2
_ATTEMPTS = 3
_LOOK_S = 2.0
_HEARTBEAT_S = 10.0


class DeployedGrid:
    """Flower's own ``HttpGrid`` for the run that ``token`` stands for, asked more often and stopped with its server.

    It has the part of Flower's ``Grid`` that the coordinator uses: ``get_node_ids`` and ``send_and_receive``. ``alive``
    raises when the SuperLink has ended.
    """

    def __init__(self, address: str, ca: bytes, *, token: str, key: str, alive: Callable[[], None]) -> None:
        from flwr.common.serde import run_from_proto
        from flwr.proto.runtime_pb2 import PullTaskInputRequest
        from flwr.supercore.interceptors import RuntimeTokenHttpInterceptor, RuntimeVersionHttpInterceptor
        from flwr.supercore.runtime import RuntimeHttpClient
        from flwr.supercore.task_identity import TaskIdentity
        from flwr.superlink.grid import HttpGrid

        self._alive = alive
        self._grid = HttpGrid(address, insecure=False, root_certificates=ca, token=token)
        with without_proxies():
            self._client = RuntimeHttpClient.from_server_address(
                address,
                False,
                ca,
                interceptors=[
                    RuntimeVersionHttpInterceptor(component_name="flwr-serverapp"),
                    RuntimeTokenHttpInterceptor(token=token),
                    GateKey(key),
                ],
            )
        self._grid._client = self._client
        self._closed = threading.Event()
        threading.Thread(target=self._show_life, daemon=True).start()
        task = self._asked(lambda: self._client.PullTaskInput(PullTaskInputRequest()))
        self._grid.set_run(run_from_proto(task.run))
        # Flower stamps every message with who made it.
        TaskIdentity.task_id = task.task_id
        TaskIdentity.run_id = task.run.run_id
        TaskIdentity.node_id = task.context.node_id

    def get_node_ids(self) -> list[int]:
        """The nodes of the parties that are connected now."""
        return [node.node_id for node in self.nodes()]

    def nodes(self) -> Sequence[Any]:
        """Those nodes with what the server knows of each; ``name`` is that of the key it signed with."""
        return list(self._asked(self._grid.get_nodes))

    def send_and_receive(
        self, messages: "Iterable[Message]", *, timeout: float | None = None
    ) -> "list[Message]":
        """Send each message, and wait for the answers; whoever is gone is answered for with an error."""
        end = time.monotonic() + timeout if timeout is not None else None
        sent = list(messages)
        if not sent:
            return []
        identities = self._asked(lambda: self._grid.push_messages(sent))
        waiting = {identity: one for identity, one in zip(identities, sent, strict=True) if identity}
        inbox = Inbox(self._client, self._grid.node, run=self._grid.run.run_id)
        answers: list[Message] = []
        looked = time.monotonic()
        while waiting:
            self._asked(functools.partial(inbox.look, [one for one in waiting if one not in inbox.coming]))
            for identity, answer in inbox.take():
                asked = waiting.pop(identity, None)
                if asked is not None:
                    answers.append(_of_its_node(answer, asked))
            if end is not None and time.monotonic() >= end:
                break
            if inbox.coming and time.monotonic() - looked > _LOOK_S:
                looked = time.monotonic()
                there = {*self.get_node_ids()}
                for identity in [one for one in inbox.coming if one in waiting]:
                    if waiting[identity].metadata.dst_node_id not in there:
                        answers.append(_lost(waiting.pop(identity)))
            if waiting:
                time.sleep(_PAUSE_S)
        self._by_their_keys(answers)
        return answers

    def _by_their_keys(self, answers: "Sequence[Message]") -> None:
        """Put the name of the key that a party signed with in the place of the one it gives itself."""
        told = [
            one
            for one in answers
            if one.has_content() and PARTY in one.content.config_records.get(CONFIG, {})
        ]
        if told:
            names = {node.node_id: node.name for node in self.nodes() if node.name}
            for one in told:
                if name := names.get(one.metadata.src_node_id):
                    one.content.config_records[CONFIG][PARTY] = name

    def finish(self) -> None:
        """Tell Flower that the run is over."""
        import httpx
        from flwr.common.constant import SubStatus
        from flwr.proto.runtime_pb2 import PushTaskOutputRequest

        self._closed.set()
        with contextlib.suppress(httpx.HTTPError):
            self._client.PushTaskOutput(PushTaskOutputRequest(sub_status=SubStatus.COMPLETED, details=""))
        self._grid.close()

    def _asked(self, question: Callable[[], Any]) -> Any:
        import httpx

        for attempt in range(_ATTEMPTS):
            self._alive()
            try:
                return question()
            except httpx.HTTPError as error:
                lost = isinstance(error, httpx.TransportError)
                if lost and attempt + 1 < _ATTEMPTS:
                    time.sleep(_PAUSE_S)
                    continue
                self._alive()
                raise FederationError(
                    f"Flower's SuperLink did not do what it was asked: {error}", remedy="its log may say why"
                ) from error
        raise AssertionError("the last attempt returns or raises")

    def _show_life(self) -> None:
        import httpx
        from flwr.proto.runtime_pb2 import SendTaskHeartbeatRequest

        while not self._closed.wait(_HEARTBEAT_S):
            try:
                self._client.SendTaskHeartbeat(SendTaskHeartbeatRequest())
            except (httpx.HTTPError, RuntimeError):
                continue


def _of_its_node(answer: "Message", asked: "Message") -> "Message":
    """The answer; where Flower answers for a node that is gone, as an error in that node's name, and in few words."""
    from flwr.app import Message
    from flwr.app.error import Error
    from flwr.common.constant import ErrorCode

    if not answer.has_error() or answer.metadata.src_node_id == asked.metadata.dst_node_id:
        return answer
    if answer.error.code == ErrorCode.NODE_UNAVAILABLE:
        return _lost(asked)
    return Message(Error(answer.error.code, answer.error.reason), reply_to=asked)


def _lost(asked: "Message") -> "Message":
    from flwr.app import Message
    from flwr.app.error import Error
    from flwr.common.constant import ErrorCode

    return Message(Error(ErrorCode.NODE_UNAVAILABLE, "the connection to it was lost"), reply_to=asked)
