"""Who has logged in, and the tokens of their forms. Sessions are held in memory, for as long as the service runs.

A cookie holds 256 random bits and nothing else: no key, no name. What a session may do is what its key may do now, so
that a key that is revoked ends its sessions. Whoever has not logged in has such a cookie too, which stands for nothing
but the forms that were sent to that browser.
"""

import hashlib
import hmac
import re
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace

from starlette.requests import Request
from starlette.responses import Response

from garrison.serving.http import Key, Keyring

COOKIE = "garrison_session"
IDLE_SECONDS = 30 * 60.0
LONGEST_SECONDS = 8 * 3600.0
MOST_SESSIONS = 1_000

_VALUE = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True)
class _Session:
    key: Key
    began: float
    seen: float


class Sessions:
    """Sessions of keys; beyond ``MOST_SESSIONS`` the one that was silent for longest ends.

    ``keys`` gives those that are known now, None where keys are off.
    """

    def __init__(
        self, keys: Callable[[], Keyring | None], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._keys = keys
        self._clock = clock
        self._secret = secrets.token_bytes(32)
        self._known: OrderedDict[str, _Session] = OrderedDict()
        self._turn = threading.Lock()

    def key(self, value: str) -> Key | None:
        """Whose session the cookie is; None where it is nobody's, or no longer."""
        name = _name(value)
        with self._turn:
            session = self._known.pop(name, None)
            if session is None:
                return None
            now = self._clock()
            ring = self._keys()
            known = ring is not None and session.key in ring.keys
            if not known or now - session.seen > IDLE_SECONDS or now - session.began > LONGEST_SECONDS:
                return None
            self._known[name] = replace(session, seen=now)
            return session.key

    def begin(self, key: Key) -> str:
        """The cookie of a new session."""
        value, now = secrets.token_urlsafe(32), self._clock()
        with self._turn:
            self._known[_name(value)] = _Session(key, now, now)
            if len(self._known) > MOST_SESSIONS:
                self._known.popitem(last=False)
        return value

    def end(self, value: str) -> None:
        """End a session; ending one that is not there does nothing."""
        with self._turn:
            self._known.pop(_name(value), None)

    def token(self, value: str) -> str:
        """What the forms of whoever has this cookie bring back."""
        return hmac.digest(self._secret, value.encode(), "sha256").hex()

    def is_token(self, value: str, given: str) -> bool:
        """Whether a form was made for whoever has this cookie."""
        return hmac.compare_digest(self.token(value).encode(), given.encode("utf-8", "replace"))


def cookie_of(request: Request) -> str:
    """The cookie that came with a request; "" where none did that could be one."""
    value = request.cookies.get(COOKIE, "")
    return value if _VALUE.fullmatch(value) else ""


def new_cookie() -> str:
    """A cookie for whoever has not logged in."""
    return secrets.token_urlsafe(32)


def set_cookie(response: Response, request: Request, value: str) -> None:
    """Send a cookie that no script reads and no other site's page has sent along."""
    response.set_cookie(
        COOKIE, value, path="/", httponly=True, samesite="strict", secure=is_encrypted(request)
    )


def is_encrypted(request: Request) -> bool:
    """Whether the browser speaks TLS, with us or with the proxy before us."""
    return "https" in (request.url.scheme, request.headers.get("x-forwarded-proto", "").strip().lower())


def _name(value: str) -> str:
    return hashlib.sha256(value.encode("utf-8", "replace")).hexdigest()
