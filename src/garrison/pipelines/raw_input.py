"""What a person names as raw: one file, or a folder whose files are recorded and checked before they are read."""

import contextlib
import fnmatch
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from garrison.data.raw import check_given, raw_files, raw_folder_of, record_arrivals, recorded
from garrison.data.schema import Schema
from garrison.data.sources import Source, open_source
from garrison.errors import IntegrityError, SourceError, UsageError
from garrison.files import sha256_of
from garrison.pipelines.processing_settings import ProcessingSettings


@dataclass(frozen=True)
class RawFile:
    """A raw file to be read: its name in the raw folder, what its bytes are, and its source."""

    name: str
    bytes: int
    sha256: str
    source: Source
    stamp: tuple[int, int]

    @contextlib.contextmanager
    def unchanged(self) -> Iterator[None]:
        """Raise ``IntegrityError`` afterwards when the file is no longer the one whose digest was taken."""
        yield
        if _stamp(self.source.path) != self.stamp:
            raise IntegrityError(
                "a raw file was changed while it was read",
                where=str(self.source.path),
                expected=f"{self.bytes:,} bytes with SHA-256 {self.sha256}",
                remedy="let what writes it finish, and process again",
            )


def raw_input(raw: Path, *, schema: Schema, settings: ProcessingSettings, out: Path) -> tuple[RawFile, ...]:
    """The files of ``raw`` in the order of their names, each checked against its digest; new ones are recorded.

    Raises:
        UsageError: ``out`` lies in the raw folder, or is the raw file itself.
        SourceError: no such file, a folder without files, or a file whose format is not known.
        IntegrityError: a recorded file was changed or is missing.
    """
    if not raw.exists():
        raise SourceError(
            "no such file or folder", where=str(raw), expected="raw events: a file, or a folder of files"
        )
    folder = raw_folder_of(raw) or (raw if raw.is_dir() else None)
    place = out.resolve()
    if place == raw.resolve() or (folder is not None and place.is_relative_to(folder.resolve())):
        raise UsageError(
            "the processed file would lie among the raw ones",
            where=str(out),
            expected="a place outside the raw folder, which is never changed",
            remedy="--out datasets/processed/v1.parquet",
        )
    there = raw_files(raw) if raw.is_dir() else (raw,)
    stamps = {path: _stamp(path) for path in there}
    check_given(raw)
    paths = _chosen(raw, there, settings.skip) if raw.is_dir() else there
    sources = [_opened(path, schema, settings, alone=not raw.is_dir()) for path in paths]
    digests: dict[Path, str] = {}
    if folder is not None:
        record_arrivals(folder)
        known = recorded(folder)
        digests = {(folder / name).absolute(): arrival.sha256 for name, arrival in known.items()}
    return tuple(
        RawFile(
            name=path.relative_to(raw).as_posix() if raw.is_dir() else path.name,
            bytes=stamps[path][0],
            sha256=digests.get(path.absolute()) or sha256_of(path),
            source=source,
            stamp=stamps[path],
        )
        for path, source in zip(paths, sources, strict=True)
    )


def _chosen(folder: Path, there: tuple[Path, ...], skip: tuple[str, ...]) -> tuple[Path, ...]:
    chosen = tuple(
        path
        for path in there
        if not any(
            fnmatch.fnmatchcase(name, pattern)
            for pattern in skip
            for name in (path.name, path.relative_to(folder).as_posix())
        )
    )
    if not chosen:
        raise SourceError(
            f"all {len(there)} files of the folder are skipped" if there else "the folder has no files",
            where=str(folder),
            expected="files of raw events",
            remedy="put them there, or name another folder",
        )
    return chosen


def _opened(path: Path, schema: Schema, settings: ProcessingSettings, *, alone: bool) -> Source:
    try:
        return open_source(
            path,
            schema=schema,
            format=settings.format,
            with_label=settings.labels,
            batch_rows=settings.batch_rows,
        )
    except SourceError as error:
        if alone:
            raise
        raise SourceError(
            error.what,
            where=error.where or str(path),
            expected=error.expected,
            remedy="move it out of the raw folder, or name it in the setting 'skip'",
        ) from error


def _stamp(path: Path) -> tuple[int, int]:
    """Bytes and time of the last change, by which a change shows without reading the file again."""
    try:
        facts = path.stat()
    except OSError as error:
        raise SourceError(f"cannot read the file: {error.strerror}", where=str(path)) from error
    return facts.st_size, facts.st_mtime_ns
