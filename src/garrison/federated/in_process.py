"""Parties on this machine without Ray: a grid that calls the client app itself, in this process or in several.

The weights are those of Flower's own simulation, to the last bit on one machine: client app, messages and strategy are
the same, and no seed depends on the order or the process that a party trains in.
"""

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from garrison.federated.extra import need_flower
from garrison.federated.party import Party
from garrison.federated.party_app import Source, party_app

if TYPE_CHECKING:
    from flwr.app import Message, RecordDict

AppOf = Callable[[Source], Any]
"""Makes the client app of a party from the source of its records; the default is ``party_app``."""

_RUN = 1
COORDINATOR_NODE = 1
FIRST_NODE = 2


class InProcessGrid:
    """What of ``flwr.serverapp.Grid`` a coordinator uses, for parties whose records lie here.

    ``jobs`` processes share the parties of a round; 1 stays in this process. What a client app keeps in its context
    from message to message is kept here. Use it as a context manager: it ends its processes.
    """

    fixed = True
    """Whoever is not here at the beginning will not come: nobody is waited for."""

    def __init__(self, parties: Sequence[Party], *, jobs: int = 1, app_of: AppOf = party_app) -> None:
        need_flower()
        self._parties = {FIRST_NODE + place: party for place, party in enumerate(parties)}
        self._app_of, self._jobs = app_of, jobs
        self._kept: dict[int, RecordDict] = {}
        self._pool: Any = None
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> "InProcessGrid":
        self._stack.enter_context(_task_identity())
        if self._jobs > 1:
            from joblib import Parallel

            self._pool = self._stack.enter_context(
                Parallel(n_jobs=self._jobs, batch_size=1, inner_max_num_threads=1, max_nbytes="256K")
            )
        return self

    def __exit__(self, kind: object, *failure: object) -> None:
        if self._pool is not None and kind is not None:
            from joblib.externals.loky import get_reusable_executor

            get_reusable_executor().shutdown(wait=True, kill_workers=True)
        self._stack.close()
        self._pool = None

    def get_node_ids(self) -> list[int]:
        """One node a party."""
        return [*self._parties]

    def send_and_receive(
        self, messages: Iterable["Message"], *, timeout: float | None = None
    ) -> list["Message"]:
        """Let each party answer its message; there is nothing to wait for, so ``timeout`` has no effect."""
        del timeout
        asked = list(messages)
        tasks = [
            (self._app_of, self._parties[node], node, message, self._kept.get(node))
            for message in asked
            for node in [message.metadata.dst_node_id]
        ]
        if self._pool is None or len(tasks) < 2:
            answers = [_answer(*task) for task in tasks]
        else:
            from joblib import delayed

            answers = self._pool(delayed(_answer)(*task) for task in tasks)
        for message, (_, kept) in zip(asked, answers, strict=True):
            self._kept[message.metadata.dst_node_id] = kept
        return [reply for reply, _ in answers]


def _answer(
    app_of: AppOf, party: Party, node: int, message: "Message", kept: "RecordDict | None"
) -> "tuple[Message, RecordDict]":
    """The party's reply, an error reply where its app fails, and what it keeps for the next message."""
    import torch  # noqa: F401  (before the first answer: joblib ends a worker whose memory grows after it)
    from flwr.app import Context, Error, Message, RecordDict
    from flwr.common.constant import ErrorCode

    context = Context(
        run_id=_RUN,
        node_id=node,
        node_config={"partition-id": node - FIRST_NODE},
        state=kept if kept is not None else RecordDict(),
        run_config={},
    )
    try:
        with _task_identity():
            reply = app_of(_Here(party))(message, context)
    except Exception as error:
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
        reply = Message(Error(ErrorCode.CLIENT_APP_RAISED_EXCEPTION, reason), reply_to=message)
    return reply, context.state


class _Here:
    """The source of a party whose records lie in this process."""

    def __init__(self, party: Party) -> None:
        self._party = party

    def __call__(self, _: object) -> Party:
        return self._party


@contextlib.contextmanager
def _task_identity() -> Iterator[None]:
    """Flower stamps every message with who runs; nobody does but us, so that a number is given where none is."""
    from flwr.supercore.task_identity import TaskIdentity

    before = (TaskIdentity._run_id, TaskIdentity._node_id, TaskIdentity._task_id)
    run, node, task = before
    TaskIdentity.run_id = _RUN if run is None else run
    TaskIdentity.node_id = COORDINATOR_NODE if node is None else node
    TaskIdentity.task_id = 1 if task is None else task
    try:
        yield
    finally:
        TaskIdentity._run_id, TaskIdentity._node_id, TaskIdentity._task_id = before
