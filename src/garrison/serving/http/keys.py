"""Keys of the service: who may do what. Only salted hashes are kept; a key is shown once, when it is made.

A key is ``garrison_``, eight hexadecimal digits that name it, and 256 random bits. What is kept of it is its name, its
scopes and the HMAC-SHA-256 of those bits under a salt of its own: bits that were drawn at random cannot be tried one by
one, so that no slow hash is needed, and a request pays microseconds.

They are kept in a file that only its owner can read, or as the same JSON in ``GARRISON_API_KEYS``.
"""

import contextlib
import hmac
import json
import os
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from garrison.errors import UsageError
from garrison.run.owner_only import read_owner_only, write_owner_only

VARIABLE = "GARRISON_API_KEYS"
"""The environment variable that may hold the keys' hashes, as the file has them."""

PLACE = Path("keys") / "api_keys.json"
"""Where the file lies in a workspace."""

LARGEST_FILE = 1 << 20

Scope = Literal["score", "explain", "metrics", "admin"]
SCOPES: dict[str, str] = {
    "score": "score events",
    "explain": "ask which features drove a score",
    "metrics": "read /metrics",
    "admin": "reload models, and everything else",
}
"""What a key may be allowed to do. Whoever has any key may ask which models are served."""

_KEY = re.compile(r"garrison_([0-9a-f]{8})_([A-Za-z0-9_-]{43})")
_NOBODY_SALT, _NOBODY_HASH = "00" * 16, "00" * 32


class Key(BaseModel):
    """What is kept of one key."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    id: str = Field(pattern=r"^[0-9a-f]{8}$")
    name: str = Field(default="", max_length=100)
    scopes: tuple[Scope, ...] = Field(min_length=1)
    salt: str = Field(pattern=r"^[0-9a-f]{32}$")
    hash: str = Field(pattern=r"^[0-9a-f]{64}$")
    made: str = ""
    rate: float | None = Field(default=None, gt=0)

    def may(self, scope: str) -> bool:
        """Whether the key is allowed this; ``admin`` is allowed everything, and any key what asks for no scope."""
        return not scope or scope in self.scopes or "admin" in self.scopes


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    format: Literal[1] = 1
    keys: tuple[Key, ...] = ()


@dataclass(frozen=True)
class Keyring:
    """The keys that are known, and where they came from.

    >>> key, text = new_key(["score"], name="siem")
    >>> ring = Keyring((key,), "here")
    >>> ring.find(text) == key, ring.find(text[:-1] + "?"), key.may("score"), key.may("admin")
    (True, None, True, False)
    """

    keys: tuple[Key, ...]
    origin: str

    def find(self, text: str) -> Key | None:
        """The key that ``text`` is, or None; takes as long for a name that is not known as for a wrong key."""
        match = _KEY.fullmatch(text)
        if match is None:
            return None
        known = next((key for key in self.keys if key.id == match[1]), None)
        salt, kept = (known.salt, known.hash) if known else (_NOBODY_SALT, _NOBODY_HASH)
        same = hmac.compare_digest(_hash(match[2], salt), kept)
        return known if same else None


def new_key(scopes: Iterable[str], *, name: str = "", rate: float | None = None) -> tuple[Key, str]:
    """A new key, as it is kept and as its holder writes it; ``UsageError`` for an unknown scope."""
    wanted = tuple(dict.fromkeys(scopes))
    for scope in wanted:
        if scope not in SCOPES:
            raise UsageError(f"no scope is called {scope!r}", expected="one or more of " + ", ".join(SCOPES))
    if not wanted:
        raise UsageError(
            "a key without a scope may do nothing", expected="one or more of " + ", ".join(SCOPES)
        )
    secret, salt, number = secrets.token_urlsafe(32), secrets.token_hex(16), secrets.token_hex(4)
    try:
        key = Key.model_validate(
            {
                "id": number,
                "name": name,
                "scopes": wanted,
                "salt": salt,
                "hash": _hash(secret, salt),
                "made": datetime.now(UTC).isoformat(timespec="seconds"),
                "rate": rate,
            }
        )
    except ValidationError as error:
        fault = error.errors()[0]
        raise UsageError(f"the key's {fault['loc'][0]} does not fit: {fault['msg']}") from None
    return key, f"garrison_{number}_{secret}"


def read_keys(
    path: Path, *, named: bool = False, environment: Mapping[str, str] = os.environ
) -> Keyring | None:
    """The keys in the file that was ``named``, else in ``GARRISON_API_KEYS``, else in the file at its usual place.

    None where there are none of these, so that keys are off.

    ``UsageError`` when the file that was ``named`` is not there, when others than its owner may read it, and when it is
    not what ``write_keys`` wrote.
    """
    if not named and (text := environment.get(VARIABLE)):
        return Keyring(_parsed(text.encode(), where=VARIABLE), VARIABLE)
    if not path.exists():
        if named:
            raise UsageError(
                "the file of keys is not there",
                where=str(path),
                remedy=f"garrison serve keys new --scope score --keys {path}",
            )
        return None
    return Keyring(_parsed(read_owner_only(path, most=LARGEST_FILE), where=str(path)), str(path))


def write_keys(path: Path, keys: Iterable[Key]) -> None:
    """Write the file, whole or not at all, so that only its owner can read it."""
    facts = _File(keys=tuple(keys)).model_dump(mode="json", exclude_none=True)
    write_owner_only(path, json.dumps(facts, indent=2) + "\n")


def add_key(path: Path, key: Key) -> None:
    """Add a key to the file, which is made where it is not there."""
    with _alone(path):
        ring = _of_file(path)
        write_keys(path, [*(ring.keys if ring else ()), key])


def remove_key(path: Path, number: str) -> Key:
    """Remove the key of this id and give it; ``UsageError`` where there is none."""
    with _alone(path):
        ring = _of_file(path)
        known = {key.id: key for key in ring.keys} if ring else {}
        if number not in known:
            raise UsageError(
                f"no key has the id {number!r}",
                where=str(path),
                expected="one of " + (", ".join(known) or "none yet"),
                remedy="garrison serve keys list",
            )
        write_keys(path, [key for key in known.values() if key.id != number])
        return known[number]


def _of_file(path: Path) -> Keyring | None:
    return read_keys(path, environment={})


def _alone(path: Path) -> contextlib.AbstractContextManager[None]:
    """Two that change the file at once take turns, so that no key is lost."""
    from garrison.registry.turn import alone

    return alone(path.with_name(f".{path.name}.lock"), wait_s=10.0)


def _hash(secret: str, salt: str) -> str:
    return hmac.digest(bytes.fromhex(salt), secret.encode(), "sha256").hex()


def _parsed(content: bytes, *, where: str) -> tuple[Key, ...]:
    try:
        keys = _File.model_validate_json(content).keys
    except ValidationError as error:
        fault = error.errors(include_input=False)[0]
        place = ".".join(map(str, fault["loc"]))
        raise UsageError(
            f"the keys cannot be read: {place + ': ' if place else ''}{fault['msg']}",
            where=where,
            expected="what `garrison serve keys new` wrote",
        ) from None
    if len({key.id for key in keys}) < len(keys):
        raise UsageError("two keys have one id", where=where, remedy="remove one of them")
    return keys
