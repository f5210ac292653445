"""Answers as they come in: each is fetched by a thread of its own, so that one that never ends holds up no other.

A party announces its answer first and sends the weights after; one that dies, or stops on purpose, in between would
keep Flower's own grid waiting, and with it the round.
"""

import threading
from collections.abc import Iterator, Sequence
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flwr.app import Message
    from flwr.supercore.runtime import RuntimeHttpClient


class Inbox:
    """The answers to the messages of one run; ``coming`` are the messages whose answer was announced."""

    def __init__(self, client: "RuntimeHttpClient", node: Any, *, run: int) -> None:
        self._client, self._node, self._run = client, node, run
        self._whole: SimpleQueue[tuple[str, Message]] = SimpleQueue()
        self.coming: set[str] = set()

    def look(self, messages: Sequence[str]) -> None:
        """Ask whether answers to these messages are there, and begin to fetch them."""
        from flwr.proto.runtime_pb2 import PullAppMessagesRequest

        if not messages:
            return
        found = self._client.PullMessages(PullAppMessagesRequest(message_ids=sorted(messages)))
        for head, tree in zip(found.messages_list, found.message_object_trees, strict=True):
            self.coming.add(head.metadata.reply_to_message_id)
            threading.Thread(target=self._fetch, args=(head, tree), daemon=True).start()

    def take(self) -> "Iterator[tuple[str, Message]]":
        """The answers that are whole, each with the message that it answers."""
        while True:
            try:
                identity, answer = self._whole.get_nowait()
            except Empty:
                return
            self.coming.discard(identity)
            yield identity, answer

    def _fetch(self, head: Any, tree: Any) -> None:
        import httpx
        from flwr.proto.message_pb2 import ConfirmMessageReceivedRequest
        from flwr.supercore.inflatable.inflatable_object import iterate_object_tree
        from flwr.supercore.inflatable.inflatable_protobuf_utils import make_pull_object_fn_protobuf
        from flwr.supercore.inflatable.inflatable_utils import (
            ObjectPullError,
            inflate_object_from_contents,
            pull_objects,
        )

        identity = head.metadata.message_id
        pull = make_pull_object_fn_protobuf(
            pull_object_protobuf=self._client.PullObject, node=self._node, run_id=self._run
        )
        try:
            contents = pull_objects([one.object_id for one in iterate_object_tree(tree)], pull_object_fn=pull)
            self._client.ConfirmMessageReceived(
                ConfirmMessageReceivedRequest(node=self._node, run_id=self._run, message_object_id=identity)
            )
            answer: Any = inflate_object_from_contents(identity, contents)
        except (ObjectPullError, httpx.HTTPError, ValueError):
            # Whoever waits for it finds its node gone, or gives it up when the round's time is over.
            return
        answer.metadata.__dict__["_message_id"] = identity
        self._whole.put((head.metadata.reply_to_message_id, answer))
