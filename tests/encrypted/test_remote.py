"""What a service answers is bounded, and what it says that is no answer is told as that."""

import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from garrison.encrypted.remote import MOST_SAID, RemoteServer
from garrison.errors import EncryptionError


@contextlib.contextmanager
def answering(said: bytes, status: int = 200) -> Iterator[tuple[str, list[int]]]:
    """A service that says this to every question, again and again until the line is cut; how much it had sent."""
    sent = [0]

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            with contextlib.suppress(OSError):
                while sent[0] < 64 * MOST_SAID:
                    self.wfile.write(said)
                    sent[0] += len(said)
                    if len(said) < MOST_SAID:
                        break
            self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", sent
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("status", [200, 500])
def test_answer_without_an_end_is_cut_off(status: int) -> None:
    with answering(b"x" * MOST_SAID, status) as (url, sent), RemoteServer(url) as server:
        with pytest.raises(EncryptionError, match="larger than"):
            server.terms()
        assert sent[0] < 32 * MOST_SAID


@pytest.mark.parametrize("status", [200, 500])
@pytest.mark.parametrize(
    "said", [b"", b"{}", b"[1, 2]", b"\xff", b"[" * 100_000], ids=lambda said: repr(said[:6])
)
def test_answer_that_is_none_is_told(said: bytes, status: int) -> None:
    with (
        answering(said, status) as (url, _),
        RemoteServer(url) as server,
        pytest.raises(EncryptionError, match="not a service that scores encrypted rows"),
    ):
        server.terms()
