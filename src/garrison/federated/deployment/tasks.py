"""A party executes what its SuperNode was asked, in this process and with the code that is installed here.

Flower would run the code that the server sends along, in a process of its own for each message. A party that trusts
the server with nothing but its updates does not want the first, and has no time for the second.
"""

import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from garrison.errors import GarrisonError
from garrison.federated.deployment.no_proxy import without_proxies

if TYPE_CHECKING:
    from flwr.app import Context, Message
    from flwr.clientapp import ClientApp
    from flwr.supercore.runtime import RuntimeHttpClient

_HEARTBEAT_S = 10.0
_ACQUIRE = "/flwr.proto.Runtime/AcquireTask"

_PAUSE_S = 0.2

Answer = Callable[["Message", "Context"], "Message"]


class Tasks:
    """The tasks of the SuperNode whose runtime listens at ``address`` on this machine; ``secret`` is shared with it."""

    def __init__(self, address: str, *, secret: bytes) -> None:
        from flwr.supercore.interceptors import RuntimeVersionHttpInterceptor, SuperExecAuthHttpInterceptor

        self._address = address
        self._client = _client(
            address,
            RuntimeVersionHttpInterceptor(component_name="SuperExec"),
            SuperExecAuthHttpInterceptor(master_secret=secret, protected_methods={_ACQUIRE}),
        )

    def run_next(self, answer: "ClientApp | Answer") -> bool:
        """Execute one task if there is one; false where there is none, or the SuperNode does not give or take it."""
        from flwr.proto.runtime_pb2 import AcquireTaskRequest
        from flwr.supercore.constant import TaskType

        try:
            task = self._client.AcquireTask(AcquireTaskRequest(supported_task_types=[TaskType.CLIENT_APP]))
            if not (task.HasField("task") and task.token):
                return False
            self._execute(task.token, answer)
        except Exception as error:
            logging.getLogger(__name__).debug("a task was given up: %r", error)
            return False
        return True

    def close(self) -> None:
        """Give the connection up."""
        self._client.close()

    def _execute(self, token: str, answer: "ClientApp | Answer") -> None:
        from flwr.app import Message
        from flwr.app.error import Error
        from flwr.common.constant import ErrorCode, SubStatus
        from flwr.supercore.interceptors import RuntimeTokenHttpInterceptor, RuntimeVersionHttpInterceptor
        from flwr.supernode.runtime.run_clientapp import pull_task_input, push_message, push_task_output

        client = _client(
            self._address,
            RuntimeVersionHttpInterceptor(component_name="flwr-clientapp"),
            RuntimeTokenHttpInterceptor(token),
        )
        done = threading.Event()
        threading.Thread(target=_show_life, args=(client, done), daemon=True).start()
        try:
            message, context, _, _ = pull_task_input(client)
            try:
                reply, status, details = answer(message, context), SubStatus.COMPLETED, ""
            except Exception as error:
                status, details = SubStatus.FAILED, _in_one_line(error)
                reply = Message(
                    Error(code=ErrorCode.CLIENT_APP_RAISED_EXCEPTION, reason=details), reply_to=message
                )
            push_message(client, reply, context)
            push_task_output(client, context, status, details)
        finally:
            done.set()
            client.close()


class Worker:
    """Executes tasks in a thread of its own, one after the other, until it is stopped.

    A task may wait for ever, as for weights that a server that died did not send to the end; whoever watches the
    connection must not wait with it.
    """

    def __init__(self, tasks: Tasks, answer: Answer) -> None:
        self._tasks, self._answer = tasks, answer
        self._stopped = threading.Event()
        threading.Thread(target=self._work, daemon=True).start()

    def stop(self) -> None:
        """Begin no further task."""
        self._stopped.set()

    def _work(self) -> None:
        while not self._stopped.is_set():
            if not self._tasks.run_next(self._answer):
                self._stopped.wait(_PAUSE_S)


def _client(address: str, *interceptors: Any) -> "RuntimeHttpClient":
    from flwr.supercore.runtime import RuntimeHttpClient

    # Without Flower's way to try again: it would interrupt this whole process where a request is not allowed.
    with without_proxies():
        return RuntimeHttpClient.from_server_address(address, True, None, interceptors=list(interceptors))


def _show_life(client: "RuntimeHttpClient", done: threading.Event) -> None:
    import httpx
    from flwr.proto.runtime_pb2 import SendTaskHeartbeatRequest

    while not done.wait(_HEARTBEAT_S):
        try:
            client.SendTaskHeartbeat(SendTaskHeartbeatRequest())
        except (httpx.HTTPError, RuntimeError):
            continue


def _in_one_line(error: Exception) -> str:
    """What the server is told of a failure: our own words; of a fault only its kind, which shows no records."""
    if isinstance(error, GarrisonError):
        return str(error).splitlines()[0]
    return type(error).__name__
