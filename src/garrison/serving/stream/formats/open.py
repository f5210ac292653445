"""The format of a stream's lines, by its name or by the ending of the file they come from."""

from pathlib import PurePath

from garrison.data.schema import Schema
from garrison.errors import UsageError
from garrison.serving.stream.formats.base import Format
from garrison.serving.stream.formats.csv import Csv
from garrison.serving.stream.formats.jsonl import JsonLines
from garrison.serving.stream.formats.zeek import Zeek

FORMATS: dict[str, type[Format]] = {each.name: each for each in (JsonLines, Csv, Zeek)}
"""Every format by its name; a new one is a file of this folder and its name here."""

_ENDINGS = {ending: name for name, each in FORMATS.items() for ending in each.endings}


def open_format(name: str | None, schema: Schema, *, file: str, where: str) -> Format:
    """The format called ``name``; without one by the ending of ``file``, and JSON Lines where there is no file.

    ``UsageError`` for another name, and for an ending that tells none.
    """
    ending = PurePath(file).suffix.lower()
    chosen = name or (_ENDINGS.get(ending) if file else "jsonl")
    if chosen not in FORMATS:
        raise UsageError(
            f"unknown format {name!r}" if name else f"the name's ending {ending!r} tells no format",
            where=where,
            expected="a name that ends in " + ", ".join(_ENDINGS),
            remedy="give the format: --format " + ", ".join(FORMATS),
        )
    return FORMATS[chosen](schema, where=where)
