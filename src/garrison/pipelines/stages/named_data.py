"""What a person calls data: a file, a folder of files, a public data set, or made-up traffic."""

import re
from pathlib import Path

from garrison.data.catalogue import datasets, fetch
from garrison.data.raw import check_given, raw_files
from garrison.data.simulator import write_simulated
from garrison.errors import SourceError
from garrison.progress import say

SIMULATED = re.compile(r"simulated(?::(?P<events>[0-9][0-9_]{0,11}))?")
SIMULATED_EVENTS = 20_000
MOST_SIMULATED = 10_000_000


def data_files(name: str, *, workspace: Path, seed: int = 0) -> tuple[Path, ...]:
    """The files that ``name`` stands for, in the order of their names.

    A folder stands for all its files; ``simulated`` or ``simulated:N`` for N made-up events, kept in the workspace.
    Files of a folder whose arrivals were recorded are checked first. ``SourceError`` when the name is none of these,
    ``IntegrityError`` when a raw file was changed.
    """
    path = Path(name)
    if path.is_dir():
        files = raw_files(path)
        if not files:
            raise SourceError("the folder has no files", where=name, expected="one file of events or more")
        check_given(path)
        return files
    if path.is_file():
        check_given(path)
        return (path,)
    if name in datasets():
        check_events(name)
        return (fetch(name),)
    if (found := SIMULATED.fullmatch(name)) is not None:
        return (
            _simulated(int((found["events"] or str(SIMULATED_EVENTS)).replace("_", "")), workspace, seed),
        )
    raise _nothing(name)


def check_data_name(name: str | None) -> None:
    """Raise ``SourceError`` for a name that stands for no events, before a run is begun for it."""
    if name is None or "://" in name or Path(name).exists() or SIMULATED.fullmatch(name):
        return
    if name not in datasets():
        raise _nothing(name)
    check_events(name)


def check_events(name: str) -> None:
    """Raise ``SourceError`` when the data set of that name holds something else than a table of events."""
    known = datasets()[name]
    if known.kind != "events":
        raise SourceError(
            f"{name} holds {known.kind}, and no table of events",
            where=name,
            expected="a data set of events: "
            + ", ".join(sorted(each.name for each in datasets().values() if each.kind == "events")),
            remedy=f"`garrison run {known.pipeline} --data {name}` learns from it",
        )


def _nothing(name: str) -> SourceError:
    if name.startswith("simulated:"):
        return SourceError(
            "the number of simulated events is not one",
            where=name,
            expected="simulated:EVENTS, as simulated:20000",
            remedy="write the number in digits",
        )
    return SourceError(
        "no such file, folder or data set",
        where=name,
        expected="a file, a folder, a store's URL, simulated:EVENTS, or a data set: "
        + ", ".join(sorted(each.name for each in datasets().values() if each.kind == "events")),
        remedy="check the path; `garrison datasets list` names the public data sets",
    )


def _simulated(events: int, workspace: Path, seed: int) -> Path:
    if not 1_000 <= events <= MOST_SIMULATED:
        raise SourceError(
            f"{events:,} simulated events are asked for",
            where=f"simulated:{events}",
            expected=f"1,000 to {MOST_SIMULATED:,}",
            remedy="`garrison simulate` writes larger files",
        )
    target = workspace / "simulated" / f"events_{events}_seed{seed}.parquet"
    if not target.is_file():
        say(f"simulating {events:,} events: {target}")
        target.parent.mkdir(parents=True, exist_ok=True)
        write_simulated(target, events, seed=seed)
    return target
