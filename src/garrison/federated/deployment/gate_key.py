"""The server's own requests show the key of its gate."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from garrison.federated.deployment.gate import HEADER

if TYPE_CHECKING:
    import httpx


class GateKey:
    """An interceptor of Flower's clients that adds the key to each request."""

    def __init__(self, key: str) -> None:
        self._key = key

    def intercept(self, context: Any, call_next: "Callable[[Any], httpx.Response]") -> "httpx.Response":
        """Add the header and pass the request on."""
        context.request.headers[HEADER] = self._key
        return call_next(context)
