"""What two folders hold, byte for byte; what may differ between them is listed here and nowhere else.

The clock of the commands stands still (``standing_clock``), so that no time is in the list but those that tell how
much of the work was done by which process.
"""

import json
import re
from collections.abc import Callable
from fnmatch import fnmatch
from pathlib import Path

import duckdb

_TIMES_OF_STAGES = re.compile(
    rb'<div class="picture" role="img" aria-label="Time by stage.*?</figcaption>', flags=re.DOTALL
)


def _nothing(_: Path) -> bytes:
    return b""


def _record(path: Path) -> bytes:
    """The record of a run without how often it was begun, by which command, and how long each stage took."""
    facts = json.loads(path.read_bytes())
    for name in ("attempts", "command", "stages"):
        del facts[name]
    return json.dumps(facts).encode()


def _facts(path: Path) -> bytes:
    """The facts of a report without how long each stage took."""
    facts = json.loads(path.read_bytes())
    facts.pop("seconds", None)
    return json.dumps(facts).encode()


def _page(path: Path) -> bytes:
    return _TIMES_OF_STAGES.sub(b"", path.read_bytes())


def _rows(path: Path) -> bytes:
    """What stands in an embedded database; its pages lie as they were written."""
    with duckdb.connect(str(path), read_only=True) as store:
        names = [name for (name,) in store.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
        return repr([(name, store.table(name).order("ALL").fetchall()) for name in sorted(names)]).encode()


def _told(path: Path) -> bytes:
    """What the tracking server will be told: every fact, whether told once or twice, but for files' drawn names.

    An attempt that ended with an error, and not by SIGKILL, says that it failed before the next one goes on.
    """
    facts = [json.loads(line) for line in path.read_bytes().splitlines()]
    facts = [fact for fact in facts if (fact["kind"], fact["content"].get("status")) != ("finish", "failed")]
    for fact in facts:
        del fact["time"]
        fact["content"].pop("file", None)
    return "\n".join(sorted({json.dumps(fact, sort_keys=True) for fact in facts})).encode()


MAY_DIFFER: dict[str, Callable[[Path], bytes]] = {
    "*/tracking/destination.json": _nothing,  # a random mark
    "*/tracking/facts.jsonl": _told,
    "*/tracking/files/*": _nothing,  # copies of what is compared anyway, under random names
    "*/.lock": _nothing,  # the process that held it last
    "*/.locks/*": _nothing,
    "*/log.jsonl": _nothing,  # a line whenever a stage began
    "*/run.json": _record,
    "*/report.html": _page,
    "*/report.json": _facts,
    "*/pictures/stage_times.png": _nothing,
    "*.duckdb": _rows,
}
GROWING = ("*/run.json", "*.duckdb", "*/tracking/*", "*/checkpoint/*", "*/network/*")
"""Files that are other in the middle of a run than at its end."""


def what_is_there(folder: Path) -> dict[str, bytes]:
    """What every file below ``folder`` holds, but for what may differ."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder.parent).as_posix()
        if path.is_file():
            rule = next((rule for pattern, rule in MAY_DIFFER.items() if fnmatch(name, pattern)), None)
            if rule is not _nothing:
                found[name] = Path.read_bytes(path) if rule is None else rule(path)
    return found


def differences(folder: Path, whole: dict[str, bytes], *, in_the_middle: bool = False) -> list[str]:
    """How what lies in ``folder`` differs from what an unbroken run made, a line a file.

    ``in_the_middle`` of a run files may be missing, but one that stands under its own name must be whole.
    """
    lines: list[str] = []
    found = _readable(folder, lines) if in_the_middle else what_is_there(folder)
    for name in sorted({*found, *whole}):
        if name not in found:
            lines += [] if in_the_middle else [f"{name} is missing"]
        elif name not in whole:
            lines += [] if in_the_middle else [f"{name} is left over"]
        elif found[name] != whole[name]:
            lines.append(f"{name} differs")
    return lines


def _readable(folder: Path, lines: list[str]) -> dict[str, bytes]:
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder.parent).as_posix()
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.is_file() and not hidden and not any(fnmatch(name, pattern) for pattern in GROWING):
            rule = next((rule for pattern, rule in MAY_DIFFER.items() if fnmatch(name, pattern)), None)
            if rule is not _nothing:
                found[name] = path.read_bytes() if rule is None else rule(path)
    return found
