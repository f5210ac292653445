"""HTTP as uvicorn speaks it, with what it lacks: problem details for what is no HTTP, and a clock for slow heads."""

import asyncio
from typing import Any

import orjson
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from garrison.serving.http.problems import MEDIA_TYPE, Refused, facts_of

HEAD_SECONDS = 10.0
"""Seconds that a request's head may take to arrive, from its first byte or from the connection's beginning."""


LAST_SECONDS = 0.25
"""Seconds that an idle connection is kept when the service stops, for a request that was sent before it knew."""


class PatientProtocol(HttpToolsProtocol):
    """One connection. A head that does not arrive in time is answered with a 408 and the connection closed."""

    _head: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for the first head."""
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._stop_waiting()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """Begin to wait for another head."""
        super().on_message_begin()
        if self._head is None:
            self._wait()

    def on_headers_complete(self) -> None:
        """The head is there."""
        self._stop_waiting()
        super().on_headers_complete()

    def shutdown(self) -> None:
        """Finish what was taken; as a request may be on its way already, an idle connection ends a little later."""
        if self._answering():
            self.cycle.keep_alive = False
        else:
            self.loop.call_later(LAST_SECONDS, self._close_unless_answering)

    def send_400_response(self, msg: str) -> None:
        """Say that this is no HTTP, as every other error is said."""
        self._say(Refused("bad-request", msg, expected="HTTP/1.1"), b"400 Bad Request")

    def _say(self, error: Refused, line: bytes) -> None:
        self._stop_waiting()
        content = orjson.dumps(facts_of(error))
        head = [
            b"HTTP/1.1 " + line,
            b"content-type: " + MEDIA_TYPE.encode(),
            b"content-length: " + str(len(content)).encode(),
            b"connection: close",
        ]
        self.transport.write(b"\r\n".join(head) + b"\r\n\r\n" + content)
        self.transport.close()

    def _wait(self) -> None:
        self._head = self.loop.call_later(HEAD_SECONDS, self._too_slow)

    def _stop_waiting(self) -> None:
        if self._head is not None:
            self._head.cancel()
            self._head = None

    def _too_slow(self) -> None:
        self._head = None
        if self.transport.is_closing() or self._answering():
            return
        self._say(
            Refused(
                "slow-request",
                "the request's head did not arrive in time",
                expected=f"all of it in {HEAD_SECONDS:g} s",
            ),
            b"408 Request Timeout",
        )

    def _answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _close_unless_answering(self) -> None:
        if self._answering():
            self.cycle.keep_alive = False
        elif not self.transport.is_closing():
            self.transport.close()
