"""A door that is being shut: who stands in it comes in, and nobody new does."""

import socket
import sys

import pytest

from garrison.serving.http.door import let_nobody_new_in


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the filter is Linux's")
def test_who_was_connected_is_taken_and_nobody_new() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(10)
        where = listener.getsockname()
        with socket.create_connection(where) as early:
            let_nobody_new_in(listener)
            with pytest.raises(TimeoutError):
                socket.create_connection(where, timeout=0.2)
            taken, _ = listener.accept()
            with taken:
                early.sendall(b"all of it")
                assert taken.recv(100) == b"all of it"
                taken.sendall(b"answered")
                assert early.recv(100) == b"answered"
