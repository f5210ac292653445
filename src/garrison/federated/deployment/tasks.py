"""A party executes what its SuperNode was asked, in this process and with the code that is installed here.

Flower would run the code that the server sends along, in a process of its own for each message. A party that trusts
the server with nothing but its updates does not want the first, and has no time for the second.
"""

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from garrison.errors import GarrisonError

if TYPE_CHECKING:
    from flwr.app import Context, Message
    from flwr.clientapp import ClientApp
    from flwr.supercore.runtime import RuntimeHttpClient

_HEARTBEAT_S = 10.0
_ACQUIRE = "/flwr.proto.Runtime/AcquireTask"

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
        """Execute one task if there is one; false where there is none, or the SuperNode does not answer."""
        import httpx
        from flwr.proto.runtime_pb2 import AcquireTaskRequest
        from flwr.supercore.constant import TaskType

        try:
            task = self._client.AcquireTask(AcquireTaskRequest(supported_task_types=[TaskType.CLIENT_APP]))
            if not (task.HasField("task") and task.token):
                return False
            self._execute(task.token, answer)
        except httpx.HTTPError:
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


def _client(address: str, *interceptors: Any) -> "RuntimeHttpClient":
    from flwr.supercore.retry import make_simple_http_retry_invoker
    from flwr.supercore.runtime import RuntimeHttpClient

    invoker = make_simple_http_retry_invoker()
    invoker.max_tries = 3
    return RuntimeHttpClient.from_server_address(
        address, True, None, interceptors=list(interceptors), retry_invoker=invoker
    )


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


def wait_a_moment() -> None:
    """The pause between two looks for a task."""
    time.sleep(0.2)
