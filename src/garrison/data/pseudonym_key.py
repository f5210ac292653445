"""Where the key for pseudonyms comes from: the environment, or a file that is made when it is not there."""

import base64
import binascii
import contextlib
import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

from garrison.data.pseudonyms import SHORTEST_KEY, Pseudonyms
from garrison.errors import UsageError
from garrison.run.owner_only import make_owner_only, read_owner_only

KEY = "GARRISON_PSEUDONYM_KEY"
"""The environment variable that holds the key itself."""

KEY_FILE = "GARRISON_PSEUDONYM_KEY_FILE"
"""The environment variable that names the key's file."""

PLACE = Path("keys") / "pseudonyms.key"
"""Where the key's file lies in a workspace."""

LARGEST_FILE = 4096
"""Bytes beyond which a file is no key."""


@dataclass(frozen=True)
class Key:
    """Pseudonyms under a key, where that key came from, and whether it was made just now."""

    pseudonyms: Pseudonyms
    origin: str
    made: bool = False


def read_key(path: Path) -> Key:
    """The key of ``GARRISON_PSEUDONYM_KEY``, else of the file ``GARRISON_PSEUDONYM_KEY_FILE``, else of ``path``.

    A key is written in hexadecimal digits or base64 and has at least 32 bytes. Only the file at ``path`` is made
    when it is not there: 32 random bytes that only its owner can read. Two processes at once get the same key.
    ``UsageError`` when a key is too short or not readable as one, when a file that was named is not there, and
    when others than its owner may read the file; no error shows the key.
    """
    if text := os.environ.get(KEY):
        return Key(Pseudonyms(_decoded(text, origin=KEY)), KEY)
    if named := os.environ.get(KEY_FILE):
        if not Path(named).is_file():
            raise UsageError(
                "the file that holds the key for pseudonyms is not there",
                where=KEY_FILE,
                expected="the path of a file, and not the key itself",
                remedy=f"correct the path, or give the key itself in {KEY}",
            )
        return Key(Pseudonyms(_read(Path(named))), named)
    made = not path.exists() and make_owner_only(path, secrets.token_hex(SHORTEST_KEY) + "\n")
    return Key(Pseudonyms(_read(path)), str(path), made)


def _decoded(text: str, *, origin: str) -> bytes:
    text = text.strip()
    key = b""
    if re.fullmatch(r"(?:[0-9A-Fa-f]{2})+", text):
        key = bytes.fromhex(text)
    else:
        plain = text.rstrip("=").replace("-", "+").replace("_", "/")
        with contextlib.suppress(binascii.Error, ValueError):
            key = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    if len(key) < SHORTEST_KEY:
        raise UsageError(
            f"the key for pseudonyms has only {len(key)} bytes"
            if key
            else "the key for pseudonyms is neither hexadecimal digits nor base64",
            where=origin,
            expected=f"at least {SHORTEST_KEY} random bytes in hexadecimal digits or base64",
            remedy="make one: python -c 'import secrets; print(secrets.token_hex(32))'",
        )
    return key


def _read(path: Path) -> bytes:
    content = read_owner_only(path, most=LARGEST_FILE)
    return _decoded(content.decode("ascii", "replace"), origin=str(path))
