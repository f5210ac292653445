"""A features file, read as untrusted JSON."""

import json
from pathlib import Path
from typing import Any

from garrison.data.features_file.parse import schema_from_dict
from garrison.data.schema import Schema
from garrison.errors import SchemaError

LARGEST_FILE = 4_000_000
"""Bytes beyond which a features file is refused unread."""


def read_features_file(path: Path) -> Schema:
    """The schema in a features file; ``SchemaError`` says what is wrong in it and where."""
    where = str(path)
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise SchemaError(
            f"cannot read the features file: {error.strerror}", where=where, remedy="check the path"
        ) from error
    except ValueError as error:
        raise SchemaError("the path of the features file holds a NUL character", where=repr(where)) from error
    if len(content) > LARGEST_FILE:
        raise SchemaError(
            "the features file is too large", where=where, expected=f"at most {LARGEST_FILE:,} bytes"
        )
    try:
        facts = json.loads(content.decode("utf-8-sig"), object_pairs_hook=_no_duplicates)
    except (ValueError, RecursionError) as error:
        raise SchemaError(f"the features file is not JSON: {error}", where=where) from error
    return schema_from_dict(facts, where=where)


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    facts = dict(pairs)
    if len(facts) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(
            "the key " + repr(next(name for name in names if names.count(name) > 1)) + " is there twice"
        )
    return facts
