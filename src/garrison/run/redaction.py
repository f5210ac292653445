"""Keeping passwords, tokens and keys out of every text that is written or shown."""

import math
import os
import re
from collections.abc import Mapping
from numbers import Integral, Real
from urllib.parse import quote

HIDDEN = "***"

_SECRET_WORDS = frozenset(
    {
        "apikey",
        "authorization",
        "credential",
        "credentials",
        "passphrase",
        "passwd",
        "password",
        "pwd",
        "secret",
        "secrets",
        "token",
    }
)
_SECRET_VARIABLE = re.compile(
    r"(^|_)(PASSWORD|PASSWD|TOKEN|API_?KEY|ACCESS_KEY|PSEUDONYM_KEY|SIGNING_KEY)$|(^|_)SECRET", re.IGNORECASE
)
_SHORTEST_SECRET = 4

# Every repetition is bounded or begins at a fixed word, so that long texts cost time in proportion to their length.
_ADDRESS = re.compile(r"(?P<start>://[^\s/?#:@'\"]{0,200}):(?!\d{1,5}[/?#])[^\s'\"]{0,500}?@(?=[^\s/?#@'\"])")
_LONE_TOKEN = re.compile(
    r"(?P<start>https?://|://(?=[^\s/?#:@'\"]{16}))[^\s/?#:@'\"]{1,2000}@(?=[^\s/?#@'\"])", re.IGNORECASE
)
_HEADER = re.compile(r"\b(?P<start>basic|bearer|token)\s{1,8}[A-Za-z0-9+/=._~-]{8,}", re.IGNORECASE)
_ASSIGNED = re.compile(
    r"(?P<start>(?:password|passwd|passphrase|pwd|token|secret|api_?key|access_?key)['\"]?\s{0,8}"
    r"(?:=|(?<=['\"])\s{0,8}:)\s{0,8})(?:'[^']*'|\"[^\"]*\"|[^\s'\"&,;}]+)",
    re.IGNORECASE,
)

_PRIVATE_KEY = re.compile(r"(?P<start>-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----)[A-Za-z0-9+/=\s\\]{0,20000}")


def redact(text: str) -> str:
    """``text`` without its secrets: passwords in addresses, authorization headers, secret variables' values.

    A user without a password is hidden too in web addresses, where it is most often a token, and elsewhere if it is
    at least 16 characters long.

    The values of environment variables whose names end in ``_PASSWORD`` or ``_TOKEN`` or hold ``_SECRET`` are
    hidden wherever they stand, if they are at least four characters long.

    >>> redact("cannot reach mongodb://reader:hunter2@db.example:27017/events")
    'cannot reach mongodb://reader:***@db.example:27017/events'
    >>> redact("sent Authorization: Basic dXNlcjpwYXNz, password=hunter2")
    'sent Authorization: Basic ***, password=***'
    """
    for value in _secret_values(os.environ):
        text = text.replace(value, HIDDEN)
    text = _PRIVATE_KEY.sub(rf"\g<start>{HIDDEN}", text)
    text = _ADDRESS.sub(rf"\g<start>:{HIDDEN}@", text)
    text = _LONE_TOKEN.sub(rf"\g<start>{HIDDEN}@", text)
    text = _HEADER.sub(rf"\g<start> {HIDDEN}", text)
    return _ASSIGNED.sub(rf"\g<start>{HIDDEN}", text)


def is_secret_name(name: str) -> bool:
    """Whether a setting, key or column of this name holds a secret.

    >>> [is_secret_name(name) for name in ("store.password", "apiKey", "token", "tokens", "monkey", "key_by")]
    [True, True, True, False, False, False]
    """
    words = _words(name)
    return bool(_SECRET_WORDS.intersection(words)) or words[-1:] == ["key"]


def redact_value(value: object, *, name: str = "") -> object:
    """``value`` as JSON can hold it, secrets hidden at every depth; ``name`` is the key it stands under.

    A ``key`` that is not text, such as ``key=["day", "host"]``, names columns and is kept. Numbers that JSON
    cannot hold become ``"nan"``, ``"inf"`` and ``"-inf"``; whatever else it cannot hold becomes text.

    >>> redact_value({"user": "reader", "password": "hunter2", "key": ["day", "host"]})
    {'user': 'reader', 'password': '***', 'key': ['day', 'host']}
    """
    if value is None or isinstance(value, bool):
        return value
    if _hides(name, value):
        return HIDDEN
    if isinstance(value, Mapping):
        return {str(key): redact_value(item, name=str(key)) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [redact_value(item) for item in value]
    return _number(value) if isinstance(value, Real) else redact(str(value))


def _number(value: Real) -> int | float | str:
    if isinstance(value, Integral):
        return int(value)
    return float(value) if math.isfinite(value) else str(float(value))


def _hides(name: str, value: object) -> bool:
    names_secret = bool(_SECRET_WORDS.intersection(_words(name)))
    return names_secret or (isinstance(value, str | bytes) and is_secret_name(name))


def _words(name: str) -> list[str]:
    return [word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)]


def _secret_values(environment: Mapping[str, str]) -> list[str]:
    values = {
        form
        for name, value in environment.items()
        if _SECRET_VARIABLE.search(name) and len(value) >= _SHORTEST_SECRET
        for form in (value, quote(value, safe=""))
    }
    return sorted(values, key=lambda value: (-len(value), value))
