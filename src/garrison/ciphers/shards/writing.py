"""Shards made in parallel, each whole or absent; what is finished is kept, what is damaged is made again.

A shard's bytes depend on its number and on what it is made from, so that neither the number of processes nor a kill in
the middle can change them.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from garrison.ciphers.shards.manifest import MANIFEST, Manifest, ShardFile, ShardRecord, read_manifest
from garrison.errors import UsageError
from garrison.files import atomic_file, output_errors, sha256_of_json, write_json
from garrison.progress import progress, say
from garrison.run.lock import FolderLock
from garrison.spread import as_done, cluster_at_hand, run_all

Content = Mapping[str, NDArray[Any] | bytes]
"""What is in a shard: arrays, written as .npy, and bytes, written as .json."""

LOCK = ".lock"
_OWN_NAME = re.compile(rf"{re.escape(MANIFEST)}|.+-\d{{5,}}\.(npy|json)|\..*\.part")

FEW_LETTERS = 100_000_000
"""Letters that one process is done with before others have started."""


@dataclass(frozen=True)
class Made:
    """A finished folder; ``kept`` shards were there before, ``mended`` ones were there and damaged."""

    folder: Path
    manifest: Manifest
    kept: int
    mended: int


def nothing(_: int) -> tuple[Any, ...]:
    """What a shard is made from that is made from its number alone."""
    return ()


def make_shards(
    folder: Path,
    make: Callable[..., Content],
    *,
    stage: str,
    rows: Sequence[int],
    made_from: Mapping[str, Any],
    finish: Callable[[Manifest], Mapping[str, Any]] = lambda manifest: manifest.facts,
    read: Callable[[int], tuple[Any, ...]] = nothing,
    shared: tuple[Any, ...] = (),
    anywhere: bool = False,
    jobs: int = -1,
    replace: bool = False,
    letters_a_row: int = 100,
) -> Made:
    """Make every shard that is not there yet, then write the manifest.

    ``make(number, *read(number), *shared)`` gives the content of a shard with ``rows[number]`` rows; it goes to other
    processes, of which there are ``jobs`` (-1: one a core, and this one alone for little work, by ``letters_a_row``).
    With ``anywhere`` it looks at no file, and inside ``garrison.spread.on_cluster`` it is made by the workers of the
    cluster; what it is made from is read, and what it gives is written, by this process alone. ``finish``
    gets the manifest as it will be, may refuse it by raising, and returns its facts. Raises ``UsageError`` when the
    folder holds what was made from something else and ``replace`` is not given, ``IntegrityError`` for a damaged
    manifest, ``RunBusy`` while another process works there, ``OutputError`` where it cannot be written.
    """
    with output_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    with FolderLock(folder / LOCK):
        if replace:
            _clear(folder)
        known = _known(folder, stage, dict(made_from), len(rows))
        kept, mended = _still_whole(folder, known)
        missing = [number for number in range(len(rows)) if number not in kept]
        identity = sha256_of_json(dict(made_from))
        title = f"{stage}: shards"
        if anywhere and cluster_at_hand() is not None:
            tasks = ((number, *read(number)) for number in missing)
            with progress(title, total=len(missing)) as advance:
                for place, content in as_done(make, tasks, shared=shared):
                    number = missing[place]
                    kept[number] = _keep(folder, identity, number, rows[number], content)
                    advance(1)
        else:
            tasks_here = [(folder, identity, number, rows[number], make, read, shared) for number in missing]
            few = sum(rows[number] for number in missing) * letters_a_row < FEW_LETTERS
            made = _all_made(tasks_here, jobs=1 if jobs == -1 and few else jobs, title=title)
            kept.update(zip(missing, made, strict=True))
        shards = tuple(kept[number] for number in range(len(rows)))
        manifest = Manifest(stage=stage, made_from=dict(made_from), shards=shards)
        facts = finish(manifest)
        manifest = Manifest(stage=stage, made_from=dict(made_from), shards=shards, facts=facts)
        manifest.write(folder)
        for number in range(len(rows)):
            (folder / _record_name(number)).unlink(missing_ok=True)
    return Made(folder, manifest, len(rows) - len(missing), mended)


def _all_made(tasks: Sequence[tuple[Any, ...]], *, jobs: int, title: str) -> list[ShardRecord]:
    if jobs != 1:
        return run_all(_make_one, tasks, jobs=jobs, title=title)
    made = []
    with progress(title, total=len(tasks)) as advance:
        for task in tasks:
            made.append(_make_one(*task))
            advance(1)
    return made


def _clear(folder: Path) -> None:
    with output_errors(folder):
        there = sorted(path for path in folder.iterdir() if path.name != LOCK)
        other = [path for path in there if not _OWN_NAME.fullmatch(path.name) or path.is_dir()]
        if other:
            raise UsageError(
                f"the folder holds what no command of ciphers made: {other[0].name!r}",
                where=str(folder),
                expected="nothing but shards and their manifest where --replace is given",
                remedy="choose another --folder, or move that away",
            )
        for path in there:
            path.unlink()


def _known(folder: Path, stage: str, made_from: dict[str, Any], count: int) -> dict[int, ShardRecord]:
    """The shards that were finished before, by number, as their records say."""
    for leftover in folder.glob(".*.part"):
        leftover.unlink(missing_ok=True)
    if (folder / MANIFEST).exists():
        before = read_manifest(folder, stage)
        if dict(before.made_from) != made_from:
            raise _other(folder, stage, dict(before.made_from), made_from)
        return dict(enumerate(before.shards))
    found = {}
    for path in sorted(folder.glob(_record_name("*"))):
        try:
            facts = json.loads(path.read_text(encoding="utf-8"))
            number, record = int(facts["number"]), ShardRecord.from_dict(facts["shard"])
            identity = facts["identity"]
        except (ValueError, KeyError, TypeError, AttributeError):
            continue  # what it told of is made again
        if identity != sha256_of_json(made_from):
            raise _other(folder, stage, {}, made_from)
        if number < count:
            found[number] = record
    return found


def _other(folder: Path, stage: str, before: dict[str, Any], now: dict[str, Any]) -> UsageError:
    names = [name for name in {**before, **now} if before.get(name) != now.get(name)] if before else []
    changes = "; ".join(f"{name} was {before.get(name)!r}, is {now.get(name)!r}" for name in names)
    return UsageError(
        f"the folder holds other {stage}",
        where=str(folder),
        expected=changes or "what the same settings made",
        remedy="choose another --folder, or throw away what is there with --replace",
    )


def _still_whole(folder: Path, known: Mapping[int, ShardRecord]) -> tuple[dict[int, ShardRecord], int]:
    kept, mended = {}, 0
    with progress("checking what is there", total=len(known)) as advance:
        for number, record in known.items():
            if faults := record.faults(folder):
                say(f"shard {number} is made again: {', '.join(faults)}")
                mended += 1
            else:
                kept[number] = record
            advance(1)
    return kept, mended


def _record_name(number: int | str) -> str:
    return f"shard-{number:05}.json" if isinstance(number, int) else f"shard-{number}.json"


def _make_one(
    folder: Path,
    identity: str,
    number: int,
    rows: int,
    make: Callable[..., Content],
    read: Callable[[int], tuple[Any, ...]],
    shared: tuple[Any, ...],
) -> ShardRecord:
    return _keep(folder, identity, number, rows, make(number, *read(number), *shared))


def _keep(folder: Path, identity: str, number: int, rows: int, content: Content) -> ShardRecord:
    files = {what: _write(folder, what, number, values) for what, values in content.items()}
    record = ShardRecord(rows, files)
    facts = {"identity": identity, "number": number, "shard": record.to_dict()}
    write_json(folder / _record_name(number), facts)
    return record


def _write(folder: Path, what: str, number: int, values: NDArray[Any] | bytes) -> ShardFile:
    ending = "json" if isinstance(values, bytes) else "npy"
    name = f"{what}-{number:05}.{ending}"
    with atomic_file(folder / name) as temporary, temporary.open("wb") as file:
        hashed = _Hashed(file)
        if isinstance(values, bytes):
            hashed.write(values)
        else:
            np.save(hashed, np.ascontiguousarray(values), allow_pickle=False)
    return ShardFile(name, hashed.digest.hexdigest())


class _Hashed:
    """A file that is hashed while it is written; a full disk is then told by the operating system's own error."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.digest = hashlib.sha256()

    def write(self, content: bytes) -> int:
        self.digest.update(content)
        return self.file.write(content)
