"""Who is asking, and whether they may: a key and its scope, and how many requests a second."""

import base64
import binascii
from collections.abc import Callable

from starlette.requests import Request

from garrison.serving.http.keys import Key, Keyring
from garrison.serving.http.metrics import Metrics
from garrison.serving.http.problems import Refused
from garrison.serving.http.rates import Rates, retry_after

_CHALLENGE = 'Bearer realm="garrison"'
_BASIC = f'{_CHALLENGE}, Basic realm="garrison", charset="UTF-8"'
_LONGEST = 512


class Callers:
    """Admits requests. Without keys everybody is admitted to everything but what needs the scope ``admin``.

    ``read`` gives the keys, or None where keys are off; ``reread`` asks it again, so that a key that was revoked is no
    longer of use. ``visitor`` says whose session a request belongs to, where there are pages that one logs in to; it
    counts where nothing is changed.
    """

    def __init__(self, read: Callable[[], Keyring | None], rates: Rates, *, metrics: Metrics) -> None:
        self._read = read
        self._rates = rates
        self._metrics = metrics
        self.keys = read()
        self.visitor: Callable[[Request], Key | None] = lambda _: None

    def reread(self) -> None:
        """Read the keys again; what ``read`` raises leaves them as they are. Keys that were on stay on."""
        keys = self._read()
        if keys is not None or self.keys is None:
            self.keys = keys
        else:
            self.keys = Keyring((), self.keys.origin)

    def admit(self, request: Request, scope: str) -> Key | None:
        """The key of a request that may do this (``""``: whatever any key may); None where keys are off.

        ``Refused`` without a key that is known (401), without the scope (403), and beyond the rate (429).
        """
        if self.keys is None:
            if scope == "admin":
                self._away("keys-off")
                raise Refused(
                    "keys-off",
                    "without keys nobody may do this",
                    expected="a key with the scope admin",
                    remedy="make one (garrison serve keys new --scope admin), and start the service again",
                )
            self.limit(request.client.host if request.client else "")
            return None
        key = self.who(request)
        if key is None:
            self._away("no-key")
            raise Refused(
                "no-key",
                "no key that is known came with the request",
                where="Authorization",
                expected="Authorization: Bearer garrison_…",
                remedy="garrison serve keys new --scope " + (scope or "score"),
                headers={"www-authenticate": _BASIC if request.method in ("GET", "HEAD") else _CHALLENGE},
            )
        self.check(key, scope)
        return key

    def who(self, request: Request) -> Key | None:
        """The key that came with a request, or that its sender has logged in with; None where there is none."""
        if self.keys is None:
            return None
        key = self.keys.find(_presented(request))
        if key is None and request.method in ("GET", "HEAD"):
            return self.visitor(request)
        return key

    def check(self, key: Key, scope: str) -> None:
        """Raise ``Refused`` where the key may not do this, or asks too often."""
        if not key.may(scope):
            self._away("wrong-scope")
            raise Refused(
                "wrong-scope",
                f"the key {key.id} has not the scope {scope}",
                expected=f"a key with the scope {scope}",
                remedy=f"garrison serve keys new --scope {scope}",
            )
        self.limit(key.id, key.rate)

    def limit(self, caller: str, rate: float | None = None) -> None:
        """Take one request of a caller; ``Refused`` beyond the rate."""
        seconds = self._rates.wait(caller, rate=rate)
        if seconds:
            self._away("too-many-requests")
            raise Refused(
                "too-many-requests",
                f"more than {rate or self._rates.rate:g} requests a second",
                remedy="wait as Retry-After says, or send events in batches",
                headers={"retry-after": retry_after(seconds)},
            )

    def _away(self, reason: str) -> None:
        self._metrics.turned_away.labels(reason).inc()


def _presented(request: Request) -> str:
    """The key that came with a request; as the password of HTTP Basic only where nothing is changed.

    A browser sends a password along with what another site's page asks for, and would so do what that page wants.
    """
    header = request.headers.get("authorization", "")
    kind, _, value = header.partition(" ")
    if kind.lower() == "bearer":
        return value.strip()[:_LONGEST]
    if kind.lower() == "basic" and request.method in ("GET", "HEAD"):
        try:
            pair = base64.b64decode(value.strip()[:_LONGEST], validate=True).decode()
        except (binascii.Error, ValueError):
            return ""
        return pair.partition(":")[2]
    return request.headers.get("x-api-key", "")[:_LONGEST]
