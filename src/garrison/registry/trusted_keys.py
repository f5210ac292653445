"""Whose signatures count: public Ed25519 keys, from files that anybody may read."""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from garrison.errors import UsageError

VARIABLE = "GARRISON_TRUSTED_KEYS"
"""The environment variable that names files, or folders of them, separated as in ``PATH``."""

KEYS = "keys"
"""The folder of a workspace in which its keys lie."""

_MOST = 4096


@dataclass(frozen=True)
class PublicKey:
    """The 32 bytes of a public Ed25519 key, and the file it came from."""

    raw: bytes
    origin: str

    @property
    def id(self) -> str:
        """The SHA-256 of the key, which names it in signatures; people compare its first 16 digits."""
        return hashlib.sha256(self.raw).hexdigest()

    def __str__(self) -> str:
        """Its first 16 digits, and where it came from."""
        return f"{self.id[:16]} ({self.origin})"


def trusted_keys(places: Sequence[Path] = (), *, workspace: Path = Path()) -> tuple[PublicKey, ...]:
    """The keys in ``places``, else in those that ``GARRISON_TRUSTED_KEYS`` names, else in ``keys/`` of the workspace.

    A place is a file in PEM form or a folder, whose ``*.pub`` files are read. Raises ``UsageError`` when there is no
    key, when a file is none, and when a private key was given in place of a public one.
    """
    named = [Path(each) for each in os.environ.get(VARIABLE, "").split(os.pathsep) if each]
    chosen = list(places) or named or [workspace / KEYS]
    keys = {key.raw: key for place in chosen for key in _keys_in(place)}
    if not keys:
        raise UsageError(
            "there is no trusted key",
            where=", ".join(map(str, chosen)),
            expected="a public key: a .pub file, or a folder with some",
            remedy=f"name it with --trusted or {VARIABLE}, or make a pair with `garrison keys new`",
        )
    return tuple(keys.values())


def read_public_key(path: Path) -> PublicKey:
    """The key in a PEM file; ``UsageError`` when it is not there, or holds something else."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        with path.open("rb") as file:
            content = file.read(_MOST + 1)
    except OSError as error:
        raise UsageError(
            f"cannot read the key: {error.strerror}", where=str(path), remedy="check the path"
        ) from error
    if b"PRIVATE KEY" in content:
        raise UsageError(
            "this is a private key",
            where=str(path),
            expected="the public key that belongs to it, a .pub file",
            remedy="keep the private key away from machines that only verify",
        )
    try:
        key = load_pem_public_key(content) if len(content) <= _MOST else None
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise UsageError(
            "this is no public key for signatures",
            where=str(path),
            expected="an Ed25519 key in PEM form, as `garrison keys new` writes it",
        )
    return PublicKey(key.public_bytes_raw(), str(path))


def _keys_in(place: Path) -> list[PublicKey]:
    if place.is_dir():
        return [read_public_key(path) for path in sorted(place.glob("*.pub"))]
    return [read_public_key(place)] if place.exists() or place.suffix else []
