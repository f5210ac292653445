"""What the operating system, or a command, has against writing somewhere, as errors that say what to do."""

import contextlib
import errno
import re
from collections.abc import Iterator
from pathlib import Path

from garrison.errors import OutputError, UsageError

_REASONS = {
    errno.ENOSPC: ("the disk is full", "free some space, or choose another folder"),
    errno.EFBIG: (
        "the file grows larger than it may",
        "raise the limit (ulimit -f), or choose another file system",
    ),
    errno.EDQUOT: ("the disk quota is used up", "free some space, or choose another folder"),
    errno.EROFS: ("the file system is read-only", "choose a folder that can be written"),
    errno.EACCES: ("permission denied", "choose a folder that can be written, or change its permissions"),
    errno.EPERM: ("permission denied", "choose a folder that can be written, or change its permissions"),
    errno.ENOENT: ("the folder cannot be made there", "choose another folder"),
    errno.ENOTDIR: ("a part of the path is a file", "choose another folder"),
    errno.EISDIR: ("a folder stands where a file is wanted", "choose another name"),
    errno.EEXIST: ("a file stands where a folder is wanted", "choose another folder"),
    errno.ENAMETOOLONG: ("the name is too long", "choose a shorter name"),
}

_SHORT_WRITE = re.compile(r"\d+ requested and \d+ written")
"""What NumPy says, and no number of an error, where the disk took a part of an array only."""


@contextlib.contextmanager
def output_errors(path: Path) -> Iterator[None]:
    """Turn the operating system's refusals to write ``path`` into an ``OutputError`` that says what to do."""
    try:
        yield
    except OSError as error:
        number = errno.ENOSPC if _SHORT_WRITE.fullmatch(str(error)) else error.errno
        if number not in _REASONS:
            raise
        reason, remedy = _REASONS[number]
        raise OutputError(f"cannot write: {reason}", where=str(path), remedy=remedy) from error


def keep_apart(out: Path, *read: Path | None) -> None:
    """Raise ``UsageError`` when writing ``out`` would replace one of the files that are read, or a file in them."""
    target = out.resolve()
    for path in read:
        source = None if path is None else path.resolve()
        if source is not None and (source == target or (source.is_dir() and source in target.parents)):
            raise UsageError(
                "what is written would replace what is read, or lie in it",
                where=str(out),
                expected=f"another place than {path}",
                remedy="choose another name for the output",
            )
