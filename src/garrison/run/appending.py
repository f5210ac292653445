"""Lines added to a file that is kept open to grow: whole, or not at all."""

import os
import threading

_TURN = threading.Lock()


def append_whole(descriptor: int, content: bytes) -> None:
    """Add ``content`` at the end of a file opened with ``O_APPEND``; raises ``OSError`` when that fails.

    The operating system may take a part only, as on a disk that fills up. The rest is written after it, and where
    that fails the part is taken back, so that the next line begins on a line of its own.

    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile() as file:
    ...     append_whole(file.fileno(), b"one line")
    ...     os.path.getsize(file.name)
    8
    """
    with _TURN:
        written = 0
        try:
            while written < len(content):
                written += os.write(descriptor, content[written:])
        except BaseException:
            if written:
                os.ftruncate(descriptor, os.fstat(descriptor).st_size - written)
            raise
