"""Raw data, which is never changed: the digest of each file is recorded on arrival and checked at each use.

The record is ``.digests.json`` in the folder itself, so that it travels with the data; it is the only thing that
Garrison ever writes there. In a folder that cannot be written it is kept among the user's own files instead. Hidden
files (a name that begins with a dot) are no raw data.
"""

import contextlib
import fcntl
import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from garrison.errors import IntegrityError, OutputError, SourceError
from garrison.files import sha256_of, write_json
from garrison.progress import say

RECORD = ".digests.json"
STATE = "GARRISON_STATE"
"""The environment variable that names the folder of records that cannot lie beside their data."""


@dataclass(frozen=True)
class Arrival:
    """A raw file as it arrived: its path in the folder, bytes, SHA-256, and when it was first seen (ISO 8601, UTC)."""

    name: str
    bytes: int
    sha256: str
    arrived: str


def raw_files(folder: Path) -> tuple[Path, ...]:
    """The files of a raw folder and of the folders in it, by name, but for those whose name begins with a dot.

    ``SourceError`` when it cannot be looked into, or something in it is no file, as a link that leads nowhere.
    """

    def stop(error: OSError) -> None:
        raise SourceError(
            f"cannot look into the folder: {error.strerror}", where=str(error.filename)
        ) from error

    found = []
    for place, folders, names in os.walk(folder, onerror=stop):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [Path(place) / name for name in names if not name.startswith(".")]
    for path in found:
        if not path.is_file():
            raise SourceError(
                "a link leads nowhere" if path.is_symlink() else "not a file",
                where=str(path),
                expected="files alone, so that none is passed over in silence",
                remedy="mend it, or take it out of the folder",
            )
    return tuple(sorted(found, key=lambda path: _name(folder, path)))


def record_arrivals(folder: Path) -> tuple[Arrival, ...]:
    """Record the files that are new in ``folder``, and give them; those that are known are not looked at.

    Several processes may do so at once. Where the folder cannot be written, the record is kept elsewhere, and a line
    on standard error says where. ``IntegrityError`` when the record is damaged, or when two processes saw different
    bytes in a new file.
    """
    known = recorded(folder)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    new = [
        Arrival(_name(folder, path), path.stat().st_size, sha256_of(path), now)
        for path in raw_files(folder)
        if _name(folder, path) not in known
    ]
    if not new:
        return ()
    with _alone(folder):
        known = recorded(folder)
        for one in new:
            if one.name in known and known[one.name].sha256 != one.sha256:
                raise _changed(folder / one.name, known[one.name], one.sha256)
        _write(folder, {**{one.name: one for one in new}, **known})
    return tuple(new)


def check_raw(folder: Path, *, only: Iterable[Path] | None = None) -> tuple[Arrival, ...]:
    """The recorded files of ``folder``, each digest checked; or ``only`` those that are, or lie in, one of these.

    Raises:
        IntegrityError: a recorded file was changed or is missing, or the record itself is damaged.
        SourceError: a file cannot be read.
    """
    known = recorded(folder)
    if only is not None:
        names = {_name(folder, path) for path in only}
        known = {name: arrival for name, arrival in known.items() if not names.isdisjoint(_above(name))}
    for name, arrival in known.items():
        path = folder / name
        if not path.is_file():
            raise IntegrityError(
                "a raw file is missing",
                where=str(path),
                expected=f"the file that arrived on {arrival.arrived}, {arrival.bytes:,} bytes with SHA-256 "
                f"{arrival.sha256}",
                remedy=f"bring it back; if it was taken away on purpose, take its lines out of {_where(folder)}",
            )
        digest = sha256_of(path)
        if digest != arrival.sha256:
            raise _changed(path, arrival, digest)
    return tuple(known.values())


def recorded(folder: Path) -> dict[str, Arrival]:
    """What is recorded of ``folder``, by name and sorted; ``IntegrityError`` when the record is damaged."""
    known: dict[str, Arrival] = {}
    for path in (_elsewhere(folder), folder / RECORD):
        if path.is_file():
            known |= _read(path)
    return dict(sorted(known.items()))


def check_given(given: Path) -> None:
    """Check the digests of a file, or of all files of a folder, against every record that knows of them.

    A record may lie in the folder itself, in one above it, or among the user's own files. Raises as ``check_raw``.
    """
    for folder in _recorded_folders(given):
        check_raw(folder, only=None if folder == given.absolute() else [given])


def raw_folder_of(given: Path) -> Path | None:
    """The nearest folder, ``given`` or above it, that has a record of raw files; None where there is none."""
    return next(_recorded_folders(given), None)


def _recorded_folders(given: Path) -> Iterator[Path]:
    place = given.absolute()
    for folder in (place, *place.parents):
        if (folder / RECORD).is_file() or (folder.is_dir() and _elsewhere(folder).is_file()):
            yield folder


def _above(name: str) -> set[str]:
    """A file's name in its raw folder, and those of the folders it lies in."""
    return {name, *(each.as_posix() for each in PurePosixPath(name).parents)}


def _name(folder: Path, path: Path) -> str:
    return path.absolute().relative_to(folder.absolute()).as_posix()


def _read(path: Path) -> dict[str, Arrival]:
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        return {
            str(name): Arrival(str(name), int(one["bytes"]), str(one["sha256"]), str(one["arrived"]))
            for name, one in facts.items()
        }
    except OSError as error:
        raise SourceError(
            f"cannot read the record of raw files: {error.strerror}", where=str(path)
        ) from error
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise IntegrityError(
            "the record of raw files is damaged",
            where=str(path),
            expected="the digests that were recorded when the files arrived",
            remedy="bring it back from a copy; without one, compare the files with where they came from, and remove "
            "it: a new one is then made",
        ) from error


def _write(folder: Path, known: dict[str, Arrival]) -> None:
    facts = {name: asdict(arrival) for name, arrival in known.items()}
    for one in facts.values():
        del one["name"]
    try:
        write_json(folder / RECORD, facts)
    except OutputError:
        elsewhere = _elsewhere(folder)
        write_json(elsewhere, facts)
        say(f"the raw folder {folder} cannot be written; the digests of its files are kept in {elsewhere}")


def _elsewhere(folder: Path) -> Path:
    """Where the record of a folder lies that cannot be written itself."""
    if chosen := os.environ.get(STATE):
        state = Path(chosen)
    else:
        import platformdirs

        state = platformdirs.user_state_path("garrison", appauthor=False)
    place = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:16]
    return state / "raw" / f"{place}.json"


def _where(folder: Path) -> Path:
    inside = folder / RECORD
    return inside if inside.is_file() else _elsewhere(folder)


def _changed(path: Path, arrival: Arrival, digest: str) -> IntegrityError:
    return IntegrityError(
        "a raw file was changed after it arrived",
        where=str(path),
        expected=f"{arrival.bytes:,} bytes with SHA-256 {arrival.sha256}, as on {arrival.arrived}; it now has {digest}",
        remedy="bring it back from where it came from; a newer version is a new file, with a name of its own",
    )


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One process at a time changes the record; where the file system knows no locks, the last one wins."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
