"""A web server on loopback that takes POSTs, keeps them, and answers as it is told."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self


@dataclass(frozen=True)
class Post:
    """What somebody sent."""

    path: str
    headers: dict[str, str]
    body: bytes


class HookServer:
    """Answers with ``answers``, one after the other, and then with 204; 0 drops the connection."""

    def __init__(self, answers: Sequence[int] = (), headers: dict[str, str] | None = None) -> None:
        self.posts: list[Post] = []
        left = list(answers)
        posts, extra = self.posts, headers or {}

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                posts.append(Post(self.path, dict(self.headers), body))
                answer = left.pop(0) if left else 204
                if answer == 0:
                    self.close_connection = True
                    self.connection.close()
                    return
                self.send_response(answer)
                for name, value in extra.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
