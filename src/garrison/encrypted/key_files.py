"""Keys in a folder that only its owner opens: ``secret.key``, ``evaluation.keys``, and older pairs in ``retired/``."""

import hashlib
import secrets
from pathlib import Path

from garrison.encrypted.key_pair import KeyPair
from garrison.encrypted.messages import EvaluationKeys
from garrison.encrypted.tenseal_extra import need_tenseal
from garrison.errors import EncryptionError, SourceError, UsageError, found_in
from garrison.files import atomic_file, output_errors
from garrison.run.owner_only import make_owner_only, read_owner_only

SECRET_FILE, EVALUATION_FILE, RETIRED = "secret.key", "evaluation.keys", "retired"
MOST_SECRET_BYTES = 64 * 2**20
MOST_KEY_BYTES = 2**31


def write_keys(folder: Path, pair: KeyPair) -> None:
    """Write the pair into ``folder``, which is made for its owner alone; ``UsageError`` where keys are already."""
    if (folder / SECRET_FILE).exists():
        raise _there_already(folder)
    with atomic_file(folder / EVALUATION_FILE) as temporary:
        temporary.write_bytes(pair.evaluation.to_bytes())
    if not make_owner_only(folder / SECRET_FILE, pair.to_secret_bytes()):
        raise _there_already(folder)
    with output_errors(folder):
        folder.chmod(0o700)


def rotate_keys(folder: Path, pair: KeyPair) -> Path:
    """Write a new pair and keep the one that was there under ``retired/``, by its fingerprint; says where.

    What was encrypted under the old pair is still decrypted with the old pair alone. It is not looked at: a secret
    that others could read, or a file that is damaged, are reasons to rotate.
    """
    secret, evaluation = folder / SECRET_FILE, folder / EVALUATION_FILE
    _check_there(secret)
    known = read_limited(evaluation) if evaluation.exists() else None
    name = f"alone-{secrets.token_hex(8)}" if known is None else hashlib.sha256(known).hexdigest()[:16]
    place, kept = folder / RETIRED / name, read_limited(secret, most=MOST_SECRET_BYTES)
    if not make_owner_only(place / SECRET_FILE, kept) and read_limited(place / SECRET_FILE) != kept:
        raise _there_already(place)
    if known is not None:
        with atomic_file(place / EVALUATION_FILE) as temporary:
            temporary.write_bytes(known)
    with output_errors(folder):
        secret.unlink()
    write_keys(folder, pair)
    return place


def read_keys(folder: Path) -> KeyPair:
    """The pair in ``folder``.

    ``UsageError`` where there is none, or others could read the secret; ``EncryptionError`` where it is not whole.
    """
    path = folder / SECRET_FILE
    _check_there(path)
    need_tenseal()
    secret = read_owner_only(path, most=MOST_SECRET_BYTES)
    with found_in(folder):
        return KeyPair.from_bytes(secret, read_limited(folder / EVALUATION_FILE))


def read_evaluation_keys(path: Path) -> EvaluationKeys:
    """The evaluation keys in a file, or in a folder of keys, of which the secret half is not looked at."""
    file = path / EVALUATION_FILE if path.is_dir() else path
    with found_in(file):
        return EvaluationKeys.from_bytes(read_limited(file))


def read_limited(path: Path, *, most: int = MOST_KEY_BYTES) -> bytes:
    """The bytes of a plain file of at most ``most`` bytes; ``SourceError`` or ``EncryptionError`` for others."""
    try:
        size = path.stat().st_size
        if not path.is_file() or size > most:
            raise EncryptionError(
                "this is no plain file, or too large", where=str(path), expected=f"{most:,} bytes at most"
            )
        return path.read_bytes()
    except OSError as error:
        raise SourceError(f"cannot read the file: {error.strerror}", where=str(path)) from error


def _check_there(secret: Path) -> None:
    if not secret.is_file():
        raise UsageError(
            "there is no secret key",
            where=str(secret),
            remedy="garrison encrypted keygen makes a pair of keys",
        )


def _there_already(folder: Path) -> UsageError:
    return UsageError(
        "there are keys already",
        where=str(folder),
        remedy="give --rotate to retire them, or choose another folder",
    )
