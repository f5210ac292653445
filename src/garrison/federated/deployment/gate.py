"""The door of the server's port: parties reach the part that is for them, and nothing else."""

import hmac
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

HEADER = "x-garrison-key"
FOR_PARTIES = ("/v1/fleet/", "/health")

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class Gate:
    """Lets requests to the fleet's paths through; all others only with the key that the server made at its start.

    Flower answers parties, whoever starts runs, and whoever executes them at one port. Without this, every party could
    start runs of its own, or take the server's part.
    """

    def __init__(self, app: App, *, key: str) -> None:
        self._app = app
        self._key = key.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 403, or pass the request on."""
        if scope["type"] == "http" and not self._may(scope):
            await send(
                {"type": "http.response.start", "status": 403, "headers": [(b"content-type", b"text/plain")]}
            )
            await send({"type": "http.response.body", "body": b"not for parties\n"})
            return
        await self._app(scope, receive, send)

    def _may(self, scope: Scope) -> bool:
        path = str(scope["path"])
        if path.startswith(FOR_PARTIES[0]) or path == FOR_PARTIES[1]:
            return True
        given = dict(scope["headers"]).get(HEADER.encode(), b"")
        return hmac.compare_digest(given, self._key)
