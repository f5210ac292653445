"""The body of a request, limited in size and in the time it takes to arrive."""

import asyncio
import contextlib

from starlette.requests import Request
from starlette.types import Receive

from garrison.serving.http.problems import Refused

_DRAINED_BYTES = 1 << 26
"""Bytes of a body that is too large which are still read and thrown away, so that its sender reads the answer."""


async def read_body(request: Request, *, most: int, seconds: float) -> bytes:
    """The bytes of the body.

    ``Refused`` when it has more than ``most`` bytes, which are never held; when it takes longer than ``seconds`` to
    arrive; when the connection is closed before it has; and when it is packed, as it could unpack to any size.
    """
    coding = request.headers.get("content-encoding", "identity").strip().lower()
    if coding not in ("", "identity"):
        raise Refused(
            "wrong-media-type",
            f"the body is packed as {coding[:50]!r}",
            where="Content-Encoding",
            expected="a body that is not packed",
            headers={"accept-encoding": "identity"},
        )
    stated = request.headers.get("content-length", "")
    try:
        async with asyncio.timeout(seconds):
            if not stated.isdecimal() or int(stated) <= most:
                body = await _read(request.receive, most)
                if body is not None:
                    return body
    except TimeoutError:
        raise Refused(
            "slow-request",
            "the body did not arrive in time",
            expected=f"all of it within {seconds:g} s",
            headers={"connection": "close"},
        ) from None
    if request.headers.get("expect", "").lower() != "100-continue":
        await _throw_away(request.receive, seconds)
    raise Refused(
        "too-large",
        f"the body has {int(stated):,} bytes" if stated.isdecimal() else "the body is too large",
        expected=f"{most:,} bytes at most",
        remedy="send fewer events at a time, or raise the limit: serving.most_event_bytes, most_batch_bytes or "
        "most_encrypted_bytes",
        headers={"connection": "close"},
    )


async def _read(receive: Receive, most: int) -> bytes | None:
    """The body, or None as soon as it is too large."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise Refused("bad-request", "the connection was closed before the body had arrived")
        part = message.get("body", b"")
        size += len(part)
        if size > most:
            return None
        parts.append(part)
        if not message.get("more_body", False):
            return parts[0] if len(parts) == 1 else b"".join(parts)


async def _throw_away(receive: Receive, seconds: float) -> None:
    left = _DRAINED_BYTES
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while left > 0:
                message = await receive()
                left -= len(message.get("body", b""))
                if message["type"] != "http.request" or not message.get("more_body", False):
                    return
