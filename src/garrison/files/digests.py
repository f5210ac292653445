"""Digests of files and of values, and the one way values are written as JSON."""

import hashlib
import json
from pathlib import Path
from typing import Any

from garrison.errors import SourceError
from garrison.files.whole import atomic_file


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, as 64 hexadecimal digits; memory does not grow with the file."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise SourceError(f"cannot read the file: {error.strerror}", where=str(path)) from error


def sha256_of_json(value: Any) -> str:
    """The SHA-256 of a value written as canonical JSON.

    >>> sha256_of_json({"b": 1, "a": 2}) == sha256_of_json({"a": 2, "b": 1})
    True
    """
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()


def canonical_json(value: Any) -> str:
    """JSON with sorted keys, two-space indent and a final newline, so that equal values give equal bytes."""
    return json.dumps(value, sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def write_json(path: Path, value: Any) -> None:
    """Write ``value`` as canonical JSON, whole or not at all."""
    with atomic_file(path) as temporary:
        temporary.write_text(canonical_json(value), encoding="utf-8")
