"""The server's good-bye, by which parties know that the federation is finished."""

from typing import Any

FAREWELL = "farewell"
_PATIENCE_S = 10.0


def say_farewell(grid: Any) -> None:
    """Tell every party that is connected, and give them some seconds to hear it."""
    from flwr.app import Message, RecordDict

    messages = [
        Message(RecordDict(), dst_node_id=node, message_type=f"query.{FAREWELL}")
        for node in grid.get_node_ids()
    ]
    grid.send_and_receive(messages, timeout=_PATIENCE_S)
