"""Folders whose every byte is accounted for: a manifest with the digest of each file, and the manifest's own digest.

``manifest.json`` lists each file's SHA-256 and size under ``files``; ``manifest.sha256`` holds the digest of the
manifest, in the form that ``sha256sum --check`` reads. This shows a change by accident or by someone who does not also
rewrite both; who made a folder is for a signature to say. It may lie beside them in ``signature.json``, the one file
that no digest covers; it is read here and judged where the trusted keys are known.
"""

import hashlib
import json
import os
import re
import stat
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from garrison.errors import IntegrityError, ModelError, UsageError
from garrison.files import atomic_folder, canonical_json, output_errors

MANIFEST = "manifest.json"
DIGEST = "manifest.sha256"
SIGNATURE = "signature.json"
MOST_FILES = 1000
MOST_MANIFEST_BYTES = 16 * 2**20
MOST_SIGNATURE_BYTES = 64 * 2**10
MOST_BYTES = 2**31

_DIGEST_LINE = re.compile(rb"([0-9a-f]{64})  manifest\.json\n")
REMEDY = "take it from the registry again, or train again"


@dataclass(frozen=True)
class Sealed:
    """What a verified folder holds: the manifest, its digest, every file's bytes, and the signature's where one is."""

    manifest: dict[str, Any]
    digest: str
    files: dict[str, bytes]
    signature: bytes | None


def write_sealed(folder: Path, files: Mapping[str, bytes], facts: Mapping[str, Any]) -> str:
    """Write the files, a manifest of ``facts`` and their digests, and the manifest's digest, which is returned."""
    listed = {
        name: {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
        for name, content in files.items()
    }
    try:
        manifest = canonical_json({**facts, "files": listed}).encode()
    except (ValueError, TypeError) as error:
        raise ModelError(f"the manifest cannot be written: {error}", expected="finite JSON values") from error
    digest = hashlib.sha256(manifest).hexdigest()
    for name, content in {**files, MANIFEST: manifest, DIGEST: f"{digest}  {MANIFEST}\n".encode()}.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return digest


def write_sealed_folder(
    folder: Path, files: Mapping[str, bytes], facts: Mapping[str, Any], *, replaces: Collection[str]
) -> str:
    """``write_sealed`` to ``folder``, whole or not at all; what was sealed there is replaced, anything else is not.

    ``replaces`` are the names of files and folders that such a folder holds besides its manifest, digest and signature.
    Raises ``UsageError`` where another stands there, or a file, and ``OutputError`` when it cannot be written.
    """
    theirs = {*replaces, MANIFEST, DIGEST, SIGNATURE}
    with output_errors(folder):
        found = sorted(item.name for item in folder.iterdir()) if folder.is_dir() else []
    other = folder.name if folder.is_file() else next((name for name in found if name not in theirs), None)
    if other is not None:
        raise UsageError(
            f"something else is there already: {other!r}",
            where=str(folder),
            expected="a new or empty folder, or one that was saved before",
            remedy="choose another one",
        )
    with output_errors(folder), atomic_folder(folder) as temporary:
        return write_sealed(temporary, files, facts)


def read_sealed(folder: Path) -> Sealed:
    """The manifest and the bytes of every file, all of them verified before any is looked into.

    ``IntegrityError`` names the file that is changed, missing, added, or no plain file. What is returned is what was
    verified: nothing is read twice.
    """
    if not folder.is_dir():
        raise ModelError(
            "no detector is saved here", where=str(folder), expected="a folder with a saved detector"
        )
    found = dict(_plain_files(folder))
    manifest, manifest_digest = _manifest(folder, found)
    listed = {name: (str(facts["sha256"]), int(facts["bytes"])) for name, facts in manifest["files"].items()}
    for name in sorted(found.keys() - listed.keys() - {MANIFEST, DIGEST, SIGNATURE}):
        raise _broken(folder, name, "was added", f"only files that {MANIFEST} lists")
    for name in sorted(listed):
        if name not in found:
            raise _broken(folder, name, "is missing", f"every file that {MANIFEST} lists")
        if found[name] != listed[name][1]:
            raise _broken(folder, name, f"has {found[name]:,} bytes", f"{listed[name][1]:,} bytes")
    if sum(size for _, size in listed.values()) > MOST_BYTES:
        raise ModelError(
            "the detector is too large", where=str(folder), expected=f"{MOST_BYTES:,} bytes at most"
        )
    files = {}
    for name, (digest, size) in sorted(listed.items()):
        files[name] = _read(folder, name, most=size)
        if hashlib.sha256(files[name]).hexdigest() != digest:
            raise _broken(folder, name, "was changed", f"the SHA-256 {digest}")
    signature = _read(folder, SIGNATURE, most=MOST_SIGNATURE_BYTES) if SIGNATURE in found else None
    return Sealed(manifest=manifest, digest=manifest_digest, files=files, signature=signature)


def _manifest(folder: Path, found: Mapping[str, int]) -> tuple[dict[str, Any], str]:
    for name in (MANIFEST, DIGEST):
        if name not in found:
            raise _broken(folder, name, "is missing", f"{MANIFEST} and {DIGEST}")
    line = _DIGEST_LINE.fullmatch(_read(folder, DIGEST, most=1024))
    if line is None:
        raise _broken(folder, DIGEST, "was changed", f"64 hexadecimal digits and the name {MANIFEST}")
    content = _read(folder, MANIFEST, most=MOST_MANIFEST_BYTES)
    if hashlib.sha256(content).hexdigest() != line[1].decode():
        raise _broken(folder, MANIFEST, f"or {DIGEST} was changed", f"the SHA-256 that {DIGEST} states")
    manifest = parse_json(content, where=str(folder / MANIFEST))
    listed = manifest.get("files")
    if not isinstance(listed, dict) or not all(_is_entry(facts) for facts in listed.values()):
        raise ModelError("the manifest does not list its files", where=str(folder / MANIFEST), remedy=REMEDY)
    return manifest, line[1].decode()


def _is_entry(facts: Any) -> bool:
    return (
        isinstance(facts, dict)
        and isinstance(facts.get("sha256"), str)
        and isinstance(facts.get("bytes"), int)
        and 0 <= facts["bytes"] <= MOST_BYTES
    )


def parse_json(content: bytes, *, where: str) -> dict[str, Any]:
    """The JSON object in ``content``; ``ModelError`` for anything else, however deep or odd."""
    try:
        value = json.loads(content.decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError, MemoryError) as error:
        raise ModelError(
            f"not the JSON of a saved detector: {type(error).__name__}", where=where, remedy=REMEDY
        ) from error
    if not isinstance(value, dict):
        raise ModelError("not the JSON of a saved detector", where=where, expected="an object", remedy=REMEDY)
    return value


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


def _plain_files(folder: Path) -> Iterator[tuple[str, int]]:
    """The relative path and size of each file; ``IntegrityError`` for a link, a device, or a folder without files."""
    count = 0
    for place, folders, names in os.walk(folder):
        inside = Path(place).relative_to(folder)
        if not folders and not names and place != str(folder):
            raise _broken(folder, inside.as_posix(), "was added", f"only files that {MANIFEST} lists")
        for name in sorted([*folders, *names]):
            relative = (inside / name).as_posix()
            facts = os.lstat(Path(place) / name)
            count += 1
            if count > MOST_FILES:
                raise _broken(folder, relative, "is one too many", f"at most {MOST_FILES} files")
            if stat.S_ISREG(facts.st_mode):
                yield relative, facts.st_size
            elif not stat.S_ISDIR(facts.st_mode):
                raise _broken(folder, relative, "is a link or no plain file", "plain files only")


def _read(folder: Path, name: str, *, most: int) -> bytes:
    """The bytes of a plain file; one that is larger than ``most``, or became a link meanwhile, is refused."""
    path = folder / name
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(descriptor, "rb") as file:
            content = file.read(most + 1)
    except OSError as error:
        raise _broken(folder, name, f"cannot be read ({error.strerror})", "a plain file") from error
    if len(content) > most:
        raise _broken(folder, name, f"has more than {most:,} bytes", f"{most:,} bytes at most")
    return content


def _broken(folder: Path, name: str, what: str, expected: str) -> IntegrityError:
    return IntegrityError(f"{name} {what}", where=str(folder / name), expected=expected, remedy=REMEDY)
