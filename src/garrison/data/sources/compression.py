"""The bytes of a file, decompressed as they are read, so that memory does not grow with what is inside."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pyarrow as pa

from garrison.errors import SourceError

CHUNK = 4 * 1024 * 1024
"""Bytes given at a time, counted after decompression."""

CODECS = {".gz": "gzip", ".zst": "zstd"}
_MAGIC = {"gzip": b"\x1f\x8b", "zstd": b"\x28\xb5\x2f\xfd"}


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    where = str(path)
    try:
        if path.exists() and not path.is_file():
            raise SourceError("not a file", where=where, expected="a regular file")
        file = path.open("rb")
    except ValueError as error:
        raise SourceError("the path holds a NUL character", where=repr(where)) from error
    except OSError as error:
        raise SourceError(
            f"cannot open the file: {error.strerror}",
            where=where,
            remedy="check the path and its permissions",
        ) from error
    with file:
        yield file


def codec_of(path: Path) -> str | None:
    """How the file is compressed, by its first bytes: gzip, zstd, or None.

    ``SourceError`` when its name says that it is and its bytes say that it is not.
    """
    with _opened(path) as file:
        try:
            head = file.read(4)
        except OSError as error:
            raise SourceError(f"cannot read the file: {_reason(error)}", where=str(path)) from error
    named = CODECS.get(path.suffix.lower())
    found = next((codec for codec, magic in _MAGIC.items() if head.startswith(magic)), None)
    if named is not None and found != named:
        what = "the file is empty" if not head else f"the file is not {named}, as its name says"
        raise SourceError(what, where=str(path), expected=f"a {named} file", remedy="check how it was made")
    return found


def chunks(path: Path, *, size: int = CHUNK) -> Iterator[bytes]:
    """The decompressed bytes, at most ``size`` at a time.

    ``SourceError`` when the file cannot be opened, and when its compressed data end early or are damaged:
    it says how many bytes came out before.
    """
    codec = codec_of(path)
    done = 0
    with _opened(path) as file:
        stream = pa.CompressedInputStream(file, codec) if codec else file
        while True:
            try:
                chunk: bytes = stream.read(size)
            except (OSError, pa.ArrowException) as error:
                kind = f"{codec} data" if codec else "file"
                raise SourceError(
                    f"the {kind} cannot be read past byte {done:,} of its content: {_reason(error)}",
                    where=str(path),
                    expected="a file that is whole",
                    remedy="fetch or compress the file again",
                ) from error
            if not chunk:
                return
            done += len(chunk)
            yield chunk


def _reason(error: Exception) -> str:
    text = str(error).splitlines()[0] if str(error) else type(error).__name__
    return "the data end early" if "runcated" in text else text[:200]
