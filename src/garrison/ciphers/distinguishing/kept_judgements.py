"""What a distinguisher reached, kept in a file: the same question is not worked out again."""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from garrison.ciphers.distinguishing.judging import Judged
from garrison.evaluation.intervals import Interval
from garrison.files import sha256_of_json, write_json

FORMAT = 1


def kept_or_judged(path: Path | None, asked: dict[str, Any], judged: Callable[[], Judged]) -> Judged:
    """What ``path`` says to the question ``asked``, JSON values, or else what ``judged`` finds, kept there.

    A file that was changed, or answers another question, is written anew.
    """
    question = {"format": FORMAT, **asked}
    kept = None if path is None else _read(path, question)
    if kept is not None:
        return kept
    found = judged()
    if path is not None:
        said = {"asked": question, "judged": asdict(found)}
        write_json(path, {**said, "sha256": sha256_of_json(said)})
    return found


def _read(path: Path, question: dict[str, Any]) -> Judged | None:
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        told = said.pop("sha256")
        if told != sha256_of_json(said) or said["asked"] != question:
            return None
        return Judged(**{name: Interval(**each) for name, each in said["judged"].items()})
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
