"""Files that hold a secret: only their owner can read them, and they are whole or absent."""

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from garrison.errors import UsageError
from garrison.files import output_errors


def make_owner_only(path: Path, content: str | bytes) -> bool:
    """Write the file in a folder that only its owner can enter; false where there is one of that name already.

    Two processes at once leave one file, and one of them is told false.
    """
    with _beside(path, content) as temporary:
        try:
            os.link(temporary, path)
        except FileExistsError:
            return False
        return True


def write_owner_only(path: Path, content: str | bytes) -> None:
    """As ``make_owner_only``, in place of a file that is there already; a reader finds the one or the other, whole."""
    with _beside(path, content) as temporary:
        temporary.replace(path)


@contextmanager
def _beside(path: Path, content: str | bytes) -> Iterator[Path]:
    """The content in a file of its owner's beside ``path``, on the disk; it is gone afterwards."""
    with output_errors(path):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}.part")
        try:
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(content.encode() if isinstance(content, str) else content)
                file.flush()
                os.fsync(file.fileno())
            yield temporary
        finally:
            temporary.unlink(missing_ok=True)


def read_owner_only(path: Path, *, most: int) -> bytes:
    """The content of a plain file of at most ``most`` bytes; ``UsageError`` when others than its owner may read it."""
    where = str(path)
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(descriptor, "rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if not stat.S_ISREG(mode):
                raise UsageError(
                    "the key file is no plain file", where=where, expected="a file", remedy="check the path"
                )
            if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise UsageError(
                    "the key file can be read by others than its owner",
                    where=where,
                    expected="a file that only its owner can read",
                    remedy=f"chmod 600 {where}; if others may have seen the key, make a new one",
                )
            content = file.read(most + 1)
    except ValueError as error:
        raise UsageError("the path of the key file holds a NUL character", where=repr(where)) from error
    except OSError as error:
        raise UsageError(
            f"cannot read the key file: {error.strerror}", where=where, remedy="check the path"
        ) from error
    if len(content) > most:
        raise UsageError("the key file is too large", where=where, expected="one key and nothing else")
    return content
