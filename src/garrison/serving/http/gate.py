"""What every request passes on its way in and out: an id, a clock, the count, and an answer whatever happens."""

import ipaddress
import os
import re
import time
from typing import TYPE_CHECKING, Any

from prometheus_client import Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from garrison.errors import GarrisonError
from garrison.serving.http.problems import Refused, own_fault, problem

if TYPE_CHECKING:
    from garrison.serving.http.service import Service

_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
_NOWHERE = "(none)"
_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")

_ALWAYS = [
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
    (
        b"content-security-policy",
        b"default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'none'",
    ),
]


class Gate:
    """Around the whole application: whatever is raised in it is answered with a problem, and counted."""

    def __init__(self, app: ASGIApp, service: "Service") -> None:
        self._app = app
        self._service = service
        self._measures: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; the lifespan goes through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        request = _id_of(scope)
        scope["request_id"], scope["started"] = request, started
        status = 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                given = {name for name, _ in message["headers"]}
                headers = message["headers"] = [
                    *message["headers"],
                    (b"x-request-id", request.encode()),
                    *(each for each in _ALWAYS if each[0] not in given),
                ]
                if self._service.stopping:
                    headers.append((b"connection", b"close"))
            await send(message)

        metrics = self._service.metrics
        metrics.in_flight.inc()
        try:
            if self._service.callers.keys is None and not self._service.settings.open:
                _check_name(scope)
            await self._app(scope, receive, answer)
        except Refused as error:
            await problem(error, request=request)(scope, receive, answer)
        except Exception as error:
            self._log(error, request, scope)
            if not status:
                told = error if isinstance(error, GarrisonError) else own_fault()
                await problem(told, request=request)(scope, receive, answer)
        finally:
            metrics.in_flight.dec()
            requests, seconds = self._measured(scope, status)
            requests.inc()
            seconds.observe(time.perf_counter() - started)

    def _log(self, error: Exception, request: str, scope: Scope) -> None:
        self._service.log.error(
            "a fault of Garrison's own", request=request, path=str(scope.get("path"))[:200], exc_info=error
        )

    def _measured(self, scope: Scope, status: int) -> tuple[Counter, Histogram]:
        path = getattr(scope.get("route"), "path", _NOWHERE)
        method = scope["method"] if scope["method"] in _METHODS else "other"
        found = self._measures.get((path, method, status))
        if found is None:
            metrics = self._service.metrics
            found = metrics.requests.labels(path, method, str(status or 499)), metrics.seconds.labels(path)
            self._measures[path, method, status] = found
        return found


def _check_name(scope: Scope) -> None:
    """Refuse a request that was sent to a name of the Internet.

    A page of another site can give its own name this machine's address, and would then be let read what a service
    without keys answers (DNS rebinding).
    """
    host = next((value for name, value in scope["headers"] if name == b"host"), b"").decode("latin-1")
    name = host[: host.find("]") + 1] if host.startswith("[") else host.partition(":")[0]
    if "." not in name.rstrip(".") or name.rstrip(".").endswith(".localhost"):
        return
    try:
        ipaddress.ip_address(name)
    except ValueError:
        raise Refused(
            "foreign-name",
            "a service without keys answers to this machine's own names and addresses only",
            where=f"Host: {name[:100]}",
            expected="localhost or an address",
            remedy="use keys (garrison serve keys new --scope score), or --open, if that is wanted",
        ) from None


def _id_of(scope: Scope) -> str:
    """The id that the client gave its request, where it is one; else one of our own."""
    given: Any = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
    text = given.decode("latin-1")
    return text if _ID.fullmatch(text) else os.urandom(8).hex()
