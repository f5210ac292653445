"""The grid of a deployment: messages go to parties through the SuperLink, and their answers come back."""

import contextlib
import functools
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from garrison.errors import FederationError
from garrison.federated.deployment.gate_key import GateKey
from garrison.federated.deployment.no_proxy import without_proxies

if TYPE_CHECKING:
    from flwr.app import Message

_PAUSE_S = 0.2
_ATTEMPTS = 3
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
        task = self._client.PullTaskInput(PullTaskInputRequest())
        self._grid.set_run(run_from_proto(task.run))
        # Flower stamps every message with who made it.
        TaskIdentity.task_id = task.task_id
        TaskIdentity.run_id = task.run.run_id
        TaskIdentity.node_id = task.context.node_id
        self._closed = threading.Event()
        threading.Thread(target=self._show_life, daemon=True).start()

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
        waiting = {identity for identity in self._asked(lambda: self._grid.push_messages(sent)) if identity}
        answers: list[Message] = []
        while waiting:
            came = list(self._asked(functools.partial(self._grid.pull_messages, sorted(waiting))))
            answers += came
            waiting -= {answer.metadata.reply_to_message_id for answer in came}
            if end is not None and time.monotonic() >= end:
                break
            if waiting:
                time.sleep(_PAUSE_S)
        return answers

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
