"""What a detector folder holds, as names and digests; more than that the registry does not know of it."""

import shutil
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from garrison.detection.integrity import SIGNATURE
from garrison.detection.saved import verify_detector
from garrison.errors import IntegrityError, RegistryError
from garrison.files import sha256_of, sha256_of_json


def contents_of(folder: Path) -> dict[str, str]:
    """The SHA-256 of each file of a verified detector folder, by its path inside the folder.

    Raises ``IntegrityError`` when a byte was changed or a file is not a plain one, ``RegistryError`` when there
    is no such folder.
    """
    if not folder.is_dir():
        raise RegistryError(
            "no detector folder", where=str(folder), expected="a folder with a saved detector"
        )
    verify_detector(folder)
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): sha256_of(path) for path in files}


def digest_of(contents: Mapping[str, str]) -> str:
    """One SHA-256 for a whole folder: over the names and digests of its files.

    >>> digest_of({"a": "00", "b": "01"}) == digest_of({"b": "01", "a": "00"})
    True
    >>> digest_of({"a": "00"}) == digest_of({"b": "00"})
    False
    """
    return sha256_of_json(dict(contents))


def identity_of(contents: Mapping[str, str]) -> str:
    """The digest of a detector whoever vouches for it: signing it afterwards makes no other detector of it.

    >>> identity_of({"a": "00", "signature.json": "01"}) == digest_of({"a": "00"})
    True
    """
    return digest_of({name: digest for name, digest in contents.items() if name != SIGNATURE})


def copy_contents(source: Path, contents: Mapping[str, str], target: Path) -> None:
    """Copy the files named in ``contents`` and check that the copy is what was promised."""
    for relative in contents:
        file = target / relative
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / relative, file)
    if contents_of(target) != dict(contents):
        raise IntegrityError(
            "the detector changed while it was copied",
            where=str(source),
            remedy="push it again when it is finished",
        )


def checked_relative(relative: str, *, where: str) -> str:
    """The path of a file inside a detector folder, refused when it would lead out of the folder.

    >>> checked_relative("model/trees.json", where="here")
    'model/trees.json'
    """
    path = PurePosixPath(relative)
    if (
        not relative
        or path.is_absolute()
        or path.as_posix() != relative
        or any(part in {".", ".."} for part in path.parts)
        or any(mark in relative for mark in ("\\", "\0", ":"))
    ):
        raise IntegrityError(
            "a file name leads out of the detector folder", where=where, expected="a plain path"
        )
    return relative
