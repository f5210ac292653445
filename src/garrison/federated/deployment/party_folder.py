"""A party's data as a folder of its own: `x.npy`, `y.npy` and `party.json`; it is read here and sent nowhere."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from garrison.errors import OutputError, SourceError, UsageError
from garrison.federated.array_header import claimed_bytes
from garrison.federated.party import Party
from garrison.files import atomic_folder, canonical_json

X, Y, FACTS = "x.npy", "y.npy", "party.json"
_MOST_FACTS = 64 * 1024
_MOST_CLASSES = 65_536
_NAMES = "a short printable text without a slash, which does not begin with a dot"


@dataclass(frozen=True)
class Records:
    """Records ``x`` float32 ``(n, …)``, their classes ``y`` int64 ``(n,)`` from 0, and the ``name`` of who has them."""

    name: str
    x: NDArray[np.float32]
    y: NDArray[np.int64]

    def as_party(self, name: str | None = None) -> Party:
        """The party that has them; ``UsageError`` for a ``name`` that could be no folder's."""
        if name is not None and not _is_name(name):
            raise UsageError(f"{name!r} is no name for a party", expected=_NAMES)
        return Party(name or self.name, self.x, self.y)


def write_records(folder: Path, records: Records) -> None:
    """Write the folder; ``OutputError`` when there is something already, or it cannot be written."""
    if folder.exists() and any(folder.iterdir()):
        raise OutputError(
            "there is something in the folder already", where=str(folder), remedy="choose another folder"
        )
    with atomic_folder(folder) as temporary:
        np.save(temporary / X, records.x, allow_pickle=False)
        np.save(temporary / Y, records.y, allow_pickle=False)
        facts = {"name": records.name, "records": len(records.y), "shape": list(records.x.shape[1:])}
        (temporary / FACTS).write_text(canonical_json(facts), encoding="utf-8")
        temporary.chmod(0o700)


def read_records(folder: Path) -> Records:
    """The records in a folder: ``x.npy`` (float32, float64, or uint8 read as 255ths) and ``y.npy`` (whole numbers).

    ``party.json`` may be absent; the name is then the folder's. Raises ``SourceError`` that names the file.
    """
    x, y = _array(folder / X), _array(folder / Y)
    if x.ndim < 2:
        raise SourceError(
            f"the records have the shape {x.shape}", where=str(folder / X), expected="(records, …)"
        )
    if y.ndim != 1 or y.dtype.kind not in "iu":
        raise SourceError(
            f"the classes are {y.dtype} of shape {y.shape}",
            where=str(folder / Y),
            expected="whole numbers from 0, one a record",
        )
    if len(x) != len(y) or not len(y):
        raise SourceError(
            f"{len(x):,} records and {len(y):,} classes",
            where=str(folder),
            expected="as many classes as records, one at least",
        )
    if x.dtype == np.uint8:
        x = x.astype(np.float32) / np.float32(255)
    elif x.dtype in (np.float32, np.float64):
        x = np.ascontiguousarray(x, dtype=np.float32)
    else:
        raise SourceError(
            f"the records are {x.dtype}", where=str(folder / X), expected="float32, float64 or uint8"
        )
    if not np.isfinite(x).all():
        at = int(np.flatnonzero(~np.isfinite(x.reshape(len(x), -1)).all(axis=1))[0])
        raise SourceError(
            "a record holds NaN or infinite values",
            where=f"{folder / X} record {at}",
            expected="finite numbers",
        )
    if y.min() < 0:
        raise SourceError("a class is below 0", where=str(folder / Y), expected="whole numbers from 0")
    if (most := int(y.max())) >= _MOST_CLASSES:
        raise SourceError(
            f"there is a class {most}", where=str(folder / Y), expected=f"0 to {_MOST_CLASSES - 1}"
        )
    return Records(_name(folder), x, y.astype(np.int64))


def write_split(
    folder: Path, x: NDArray[np.float32], y: NDArray[np.int64], rows: Sequence[NDArray[np.int64]]
) -> list[Path]:
    """One folder a party, ``party-000`` and so on, that holds those rows."""
    made = []
    for place, each in enumerate(rows):
        name = f"party-{place:03}"
        write_records(folder / name, Records(name, x[each], y[each]))
        made.append(folder / name)
    return made


def _array(path: Path) -> NDArray[Any]:
    try:
        with path.open("rb") as file:
            claimed = claimed_bytes(file)
            there = path.stat().st_size - file.tell()
        if claimed != there:
            raise ValueError(f"it should hold {claimed:,} bytes and holds {there:,}")
        return np.asarray(np.load(path, allow_pickle=False))
    except FileNotFoundError as error:
        raise SourceError(
            "the file is missing",
            where=str(path),
            expected=f"a folder with {X} and {Y}",
            remedy="`garrison federated split` makes such folders; numpy.save writes such files",
        ) from error
    except (OSError, ValueError, EOFError) as error:
        raise SourceError(
            f"no array can be read: {_why(error)}",
            where=str(path),
            expected="one array of numbers in NumPy's format, without objects",
            remedy="write it with numpy.save(…, allow_pickle=False)",
        ) from error


def _why(error: Exception) -> str:
    """What NumPy says, but for its advice to unpickle what it takes for objects: it says so of any other bytes too."""
    said = str(error).splitlines()[0] if str(error) else type(error).__name__
    return "not NumPy's format, or pickled objects" if "pickle" in said else said


def _name(folder: Path) -> str:
    path = folder / FACTS
    if not path.exists():
        return folder.resolve().name
    try:
        if path.stat().st_size > _MOST_FACTS:
            raise ValueError("too large")
        name = json.loads(path.read_text(encoding="utf-8"))["name"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise SourceError(
            f"the party's facts cannot be read: {type(error).__name__}",
            where=str(path),
            expected='JSON with a "name"',
        ) from error
    if not isinstance(name, str) or not _is_name(name):
        raise SourceError("the party's name is none", where=str(path), expected=_NAMES)
    return name


def _is_name(name: str) -> bool:
    """Whether it can be the name of the folder of what the party remembers."""
    return name.isprintable() and 0 < len(name.encode()) <= 200 and "/" not in name and name[0] != "."
