"""The rows of anything that holds events which are what a schema says, batch by batch; the others set aside."""

import contextlib
import glob
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Unpack

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from garrison.data.casting import what_is_read
from garrison.data.pseudonyms import Pseudonyms
from garrison.data.quarantine import Quarantine
from garrison.data.raw import check_given, raw_files
from garrison.data.row_texts import row_texts
from garrison.data.schema import Schema
from garrison.data.sources import Source, open_source
from garrison.data.sources.base import Reading
from garrison.data.sources.open import ENDINGS
from garrison.errors import SchemaError, SourceError
from garrison.features.frames import BATCH_ROWS, as_tables

_PATTERN = re.compile(r"[*?\[]")


@dataclass(frozen=True)
class Accepted:
    """Rows that passed, as the schema types them, and their numbers (int64, from 1) in the file or frame."""

    rows: pa.Array
    table: pa.Table


def accepted(
    raw: Any,
    schema: Schema,
    *,
    pseudonyms: Pseudonyms,
    quarantine: Quarantine | None = None,
    batch_rows: int = BATCH_ROWS,
) -> Iterator[Accepted]:
    """The rows of ``raw`` that are what ``schema`` says, whether or not they carry the truth.

    ``raw`` is whatever ``as_tables`` reads, or files that ``open_source`` reads: a path, a folder with all that
    lies in it, a pattern as ``flows/*.parquet``, or a list of paths, read one batch at a time. ``SourceError``,
    before anything is read, for a file whose format is not known; ``IntegrityError`` for a raw file that was
    changed after its arrival was recorded. Addresses are replaced by ``pseudonyms`` before anything else is done
    with them. Rows that are refused go to ``quarantine``; without one the first is a ``SchemaError``, or a
    ``SourceError`` in a file.
    """
    paths = _paths(raw)
    named = {
        Path(one) for one in (raw if isinstance(raw, list | tuple) else [raw]) if isinstance(one, str | Path)
    }
    if paths is None:
        yield from _of_frame(raw, schema, pseudonyms, quarantine, batch_rows)
        return
    how = Reading(schema=schema, with_label=False, batch_rows=batch_rows, pseudonyms=pseudonyms)
    sources = [_opened(path, named=path in named, **how) for path in paths]
    for source in sources:
        for part in source.numbered(quarantine):
            yield Accepted(part.rows, pa.Table.from_batches([part.batch]))


def _paths(raw: Any) -> list[Path] | None:
    """The files that ``raw`` names, in order; None where it is no name of files."""
    if isinstance(raw, list | tuple) and raw and all(isinstance(one, str | Path) for one in raw):
        return [path for one in raw for path in _paths(one) or []]
    if not isinstance(raw, str | Path):
        return None
    path = Path(raw)
    if path.is_dir():
        found = list(raw_files(path))
    elif _PATTERN.search(str(raw)) and not path.exists():
        found = sorted(Path(each) for each in glob.glob(str(raw), recursive=True))  # noqa: PTH207 (as Path.glob cannot)
    else:
        return [path]
    if not found:
        raise SourceError(
            "no file is there",
            where=str(raw),
            expected="files that end in " + ", ".join(ENDINGS),
            remedy="check the path",
        )
    return found


def _opened(path: Path, *, named: bool, **reading: Unpack[Reading]) -> Source:
    """The source of a file that somebody named, or that lies in a folder which somebody named."""
    check_given(path)
    try:
        return open_source(path, **reading)
    except SourceError as error:
        if named:
            raise
        raise SourceError(
            error.what,
            where=error.where or str(path),
            expected=error.expected,
            remedy=f"take it out of the folder, or name the files that are meant, as {path.parent}/*.parquet",
        ) from error


def _of_frame(
    raw: Any, schema: Schema, pseudonyms: Pseudonyms, quarantine: Quarantine | None, batch_rows: int
) -> Iterator[Accepted]:
    done = 0
    for given in as_tables(raw, batch_rows=batch_rows):
        table = _replaced(given, schema, pseudonyms.of)
        rows = pa.array(np.arange(done + 1, done + 1 + table.num_rows))
        done += table.num_rows
        validated = schema.validate(table, with_label=False, rows=rows)
        if validated.refused.num_rows:
            bad = pc.is_in(rows, value_set=validated.refused.column("row").combine_chunks())
            shown = _replaced(table.filter(bad), schema, pseudonyms.shown)
            contents = map(pseudonyms.in_text, row_texts(shown))
            for fault, content in zip(validated.refused.to_pylist(), contents, strict=True):
                reason = f"{fault['column']}: {fault['reason']}"
                if quarantine is None:
                    raise _refused(fault["row"], reason, type(raw).__name__, schema)
                quarantine.refuse(type(raw).__name__, fault["row"], reason, content)
            rows = rows.filter(pc.invert(bad))
        yield Accepted(rows, validated.table)


def _replaced(table: pa.Table, schema: Schema, names: Callable[[pa.Array], pa.Array]) -> pa.Table:
    addresses = {column.name for column in schema.columns if column.pseudonym}
    for place, name in enumerate(table.column_names):
        if name in addresses:
            with contextlib.suppress(pa.ArrowException):  # what is no text at all is for the schema to refuse
                table = table.set_column(place, name, names(table.column(place).combine_chunks()))
    return table


def _refused(row: int, reason: str, name: str, schema: Schema) -> SchemaError:
    return SchemaError(
        f"row {row:,} is refused: {reason}",
        where=f"{name}, by schema {schema.name!r}",
        expected=what_is_read(reason) or "rows that are all good, or a quarantine for those that are not",
        remedy="correct the row, or give a quarantine file",
    )
