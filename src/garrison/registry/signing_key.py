"""The private Ed25519 key that signs: made once, kept in a file that only its owner can read, never shown."""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from garrison.errors import UsageError
from garrison.files import atomic_file
from garrison.registry.trusted_keys import KEYS, PublicKey
from garrison.run.owner_only import make_owner_only, read_owner_only

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

VARIABLE = "GARRISON_SIGNING_KEY"
"""The environment variable that holds the private key itself, in PEM form."""

FILE_VARIABLE = "GARRISON_SIGNING_KEY_FILE"
"""The environment variable that names the private key's file."""

DEFAULT_NAME = "release"

_MOST = 4096
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True)
class SigningKey:
    """A key that signs, the public key that verifies, and where it came from; it does not show the private one."""

    private: "Ed25519PrivateKey" = field(repr=False)
    public: PublicKey
    origin: str

    def sign(self, message: bytes) -> bytes:
        """The 64 bytes of the signature (RFC 8032)."""
        return self.private.sign(message)


def make_keys(folder: Path, name: str = DEFAULT_NAME) -> tuple[Path, Path, PublicKey]:
    """Make a pair: ``NAME.key`` for the owner alone, ``NAME.pub`` for everybody; a pair that is there is not replaced.

    Raises ``UsageError`` when there is a key of that name, ``OutputError`` when the folder cannot be written.
    """
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    if not _NAME.fullmatch(name):
        raise UsageError(
            f"not a name for a key: {name!r}", expected="letters, digits, dots, dashes or underscores"
        )
    private_path, public_path = folder / f"{name}.key", folder / f"{name}.pub"
    private = Ed25519PrivateKey.generate()
    text = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode("ascii")
    public = private.public_key()
    taken = next((path for path in (public_path, private_path) if path.exists()), None)
    if taken is not None or not make_owner_only(private_path, text):
        raise UsageError(
            "there is a key of that name already",
            where=str(taken or private_path),
            expected="a new name",
            remedy="keys are never replaced; choose another name",
        )
    with atomic_file(public_path) as temporary:
        temporary.write_bytes(
            public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        )
        temporary.chmod(0o644)
    return private_path, public_path, PublicKey(public.public_bytes_raw(), str(public_path))


def read_signing_key(path: Path | None = None, *, workspace: Path = Path()) -> SigningKey:
    """The key in ``path``; else of ``GARRISON_SIGNING_KEY``, of the file ``GARRISON_SIGNING_KEY_FILE``, of the
    workspace's ``keys/release.key``.

    Raises ``UsageError`` when it is not there, not readable as a key, or when others than its owner may read the file;
    no error shows the key.
    """
    if path is None and (text := os.environ.get(VARIABLE)):
        return _parsed(text.replace("\\n", "\n").encode(), origin=VARIABLE)
    named = os.environ.get(FILE_VARIABLE)
    chosen = path or (Path(named) if named else workspace / KEYS / f"{DEFAULT_NAME}.key")
    if not chosen.exists():
        raise UsageError(
            "there is no key to sign with",
            where=str(chosen),
            expected=f"a private key in --key, {VARIABLE}, {FILE_VARIABLE} or that file",
            remedy="make one with `garrison keys new`",
        )
    return _parsed(read_owner_only(chosen, most=_MOST), origin=str(chosen))


def _parsed(content: bytes, *, origin: str) -> SigningKey:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(content, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise UsageError(
            "this is no private key that signs",
            where=origin,
            expected="an unencrypted Ed25519 key in PEM form, as `garrison keys new` writes it",
        )
    return SigningKey(key, PublicKey(key.public_key().public_bytes_raw(), origin), origin)
