"""CSV: a header and rows of delimited, perhaps quoted cells."""

import codecs
import contextlib
import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, Unpack

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from garrison.data.sources.base import Numbered, Reading, Refuse, Source, row_numbers
from garrison.data.sources.binary import refuse_binary
from garrison.data.sources.compression import chunks
from garrison.data.sources.records import (
    LONGEST,
    Block,
    QuotedSections,
    blocks,
    end_of_records,
    quoted_sections,
)
from garrison.data.sources.text import as_utf8, check_encoding, find_encoding
from garrison.data.validate import check_columns, check_unique
from garrison.errors import SchemaError, SourceError

DELIMITERS = (",", ";", "\t", "|")
"""The delimiters that are looked for."""

MOST_COLUMNS = 20_000
"""Columns that a file may have."""

_MARK = "\ufdd0"
_INVALID = re.compile("[\udc80-\udcff]")
_SAMPLE = 256 * 1024
_SAMPLE_RECORDS = 20

Types = dict[str, pa.DataType]


class CsvSource(Source):
    """Delimited text with a header line; encoding and delimiter are found unless given.

    Refused one by one: rows with too many or too few cells, with a NUL byte, or that are not valid UTF-8.
    ``SourceError``: an empty file, a line of over 10 MB, a quote that never closes, text that is not in its
    encoding. ``SchemaError``: a header with a name twice, empty, missing or unexpected. Empty lines are no
    rows, unless there is only one column: then they are missing values.
    """

    format = "csv"
    endings = (".csv", ".tsv", ".txt")
    choices = ("encoding", "delimiter")

    def __init__(
        self,
        path: Path,
        *,
        encoding: str | None = None,
        delimiter: str | None = None,
        **reading: Unpack[Reading],
    ) -> None:
        super().__init__(path, **reading)
        where = str(path)
        if delimiter is None and ".tsv" in (ending.lower() for ending in path.suffixes):
            delimiter = "\t"
        if delimiter is not None and (
            len(delimiter) != 1 or not delimiter.isascii() or delimiter in '"\r\n\0'
        ):
            raise SourceError(
                f"{delimiter!r} cannot be a delimiter",
                where=where,
                expected="one ASCII character such as , or ;",
            )
        sample = next(chunks(path, size=_SAMPLE), b"")
        whole = len(sample) < _SAMPLE
        found = check_encoding(encoding, where=where) if encoding else find_encoding(sample, whole=whole)
        self.encoding = found
        refuse_binary(sample, where=where, encoding=found)
        text = next(as_utf8(iter([sample]), self.encoding, where=where), b"") if sample else b""
        if not text.strip():
            raise SourceError("the file is empty", where=where, expected="a header line and rows")
        self._newline = b"\n" if b"\n" in text or b"\r" not in text else b"\r"
        wanted = self.schema.names if self.schema else ()
        self.delimiter = delimiter or find_delimiter(text.decode("utf-8", "replace"), wanted=wanted)

    def _raw(self, refuse: Refuse) -> Iterator[Numbered]:
        stream = as_utf8(chunks(self.path), self.encoding, where=str(self.path))
        quoted = quoted_sections(self.delimiter)
        names: list[str] = []
        done = given = 0
        for block in blocks(stream, newline=self._newline, quoted=quoted):
            self._check(block, done)
            data = block.data
            if not names:
                data = data.lstrip(b"\r\n")
                if not data:
                    continue
                end = _first_record(data, self._newline, quoted)
                names, data = self._header(data[:end]), data[end:]
            table, bad = self._parse(data, names, done)
            for number, reason, content in bad:
                refuse(number, reason, content)
            rows = row_numbers(done + 1, table.num_rows + len(bad))
            done += len(rows)
            if bad:
                rows = pa.array(np.setdiff1d(rows.to_numpy(), [number for number, _, _ in bad]))
            for batch in table.combine_chunks().to_batches(max_chunksize=self.batch_rows):
                if batch.num_rows:
                    yield Numbered(rows[: batch.num_rows], batch)
                    rows = rows[batch.num_rows :]
                    given += batch.num_rows
        if not names:
            raise SourceError("the file is empty", where=str(self.path), expected="a header line and rows")
        if not given:
            kept = pa.schema([(name, pa.string()) for name in self._kept(names)])
            yield Numbered(row_numbers(1, 0), pa.RecordBatch.from_pylist([], schema=kept))

    def _check(self, block: Block, done: int) -> None:
        where = f"{self.path}, after row {done:,}, at byte {block.start:,} of its text"
        if block.fault == "open quote":
            raise SourceError(
                "a quote opens and never closes",
                where=where,
                expected=f"quoted cells, closed within {LONGEST:,} bytes",
                remedy="close the quote, or see whether the file is whole",
            )
        if block.fault == "too long" or block.data.find(self._newline) > LONGEST:
            raise SourceError(
                f"a line is longer than {LONGEST:,} bytes",
                where=where,
                expected="rows of delimited cells",
                remedy="see whether the file is CSV and has its line breaks",
            )

    def _header(self, data: bytes) -> list[str]:
        where = str(self.path)
        try:
            text = data.decode()
            records = list(csv.reader(io.StringIO(text, newline=""), delimiter=self.delimiter))
        except UnicodeDecodeError as error:
            raise SchemaError(
                "the header is not valid UTF-8", where=where, remedy="give the encoding that the file has"
            ) from error
        except csv.Error as error:
            raise SchemaError(f"the header cannot be read: {error}", where=where) from error
        names = [name.strip() for name in chain.from_iterable(records)]
        if len(names) > MOST_COLUMNS:
            raise SchemaError(
                f"the header has {len(names):,} columns", where=where, expected=f"at most {MOST_COLUMNS:,}"
            )
        for place, name in enumerate(names, start=1):
            if not name or "\0" in name:
                fault = "holds a NUL byte" if name else "is empty"
                raise SchemaError(
                    f"the name of column {place} {fault}",
                    where=where,
                    expected="a header that names each column",
                )
        check_unique(names, where=where)
        if self.schema is not None:
            check_columns(self.schema, names, with_label=self.with_label, where=where)
        return names

    def _kept(self, names: Sequence[str]) -> list[str]:
        if self.schema is None:
            return list(names)
        kept = self.schema.wanted(with_label=self.with_label)
        return [name for name in names if name in kept]

    def _plain_types(self, kept: Sequence[str]) -> Types:
        """The types that the CSV reader makes of a text just as validation does."""
        columns = self._known.columns if self._known else ()
        plain = ("integer", "number", "boolean")
        return {
            column.name: column.arrow_type
            for column in columns
            if column.type in plain and column.name in kept
        }

    def _parse(self, data: bytes, names: list[str], done: int) -> tuple[pa.Table, list[tuple[int, str, str]]]:
        """The rows of a block; and number, fault and content of those with too many or few cells.

        First in the schema's types, which is fastest; where a value is not of them, as text, for validation to
        find which; and where a row has not its cells, once more, to find that.
        """
        kept = self._kept(names)
        bad: list[tuple[int, str, str]] = []
        if not data or (len(names) > 1 and not data.strip(b"\r\n")):
            return pa.schema([(name, pa.string()) for name in kept]).empty_table(), bad
        if data.startswith(codecs.BOM_UTF8):
            data = codecs.BOM_UTF8 + data
        text = dict.fromkeys(kept, pa.string())

        def parsed(types: Types, *, alone: bool, on_bad: Callable[[Any], str] | None) -> pa.Table:
            return pyarrow.csv.read_csv(
                pa.BufferReader(data),
                read_options=pyarrow.csv.ReadOptions(
                    column_names=names,
                    use_threads=not alone,
                    block_size=len(data) + 1 if alone else 1 << 20,
                ),
                parse_options=pyarrow.csv.ParseOptions(
                    delimiter=self.delimiter,
                    newlines_in_values=b'"' in data,
                    ignore_empty_lines=len(names) > 1,
                    invalid_row_handler=on_bad,
                ),
                convert_options=pyarrow.csv.ConvertOptions(
                    column_types=types,
                    include_columns=kept,
                    check_utf8=False,
                    null_values=[""],
                    strings_can_be_null=True,
                    quoted_strings_can_be_null=False,
                ),
            )

        def keep(row: Any) -> str:
            reason = f"{row.actual_columns} cells instead of {row.expected_columns}"
            bad.append((done + row.number, reason, row.text.replace(_MARK, "\ufffd")))
            return "skip"

        for types in (text | self._plain_types(kept), text):
            with contextlib.suppress(pa.ArrowInvalid):
                return parsed(types, alone=False, on_bad=None), bad
        marked = _INVALID.sub(_MARK, data.decode("utf-8", "surrogateescape")).encode()
        damaged = marked != data
        data = marked
        try:
            table = parsed(text, alone=True, on_bad=keep)
            return (_unmarked(table) if damaged else table), bad
        except pa.ArrowInvalid as error:
            raise SourceError(
                f"cannot be read as CSV: {error}"[:300], where=f"{self.path}, after row {done:,}"
            ) from error


def _unmarked(table: pa.Table) -> pa.Table:
    """The text with a byte that is not valid UTF-8 again where the mark stands."""
    mark = _MARK.encode()
    columns = [
        pc.replace_substring(column.combine_chunks().view(pa.binary()), mark, b"\xff").view(pa.string())
        for column in table.columns
    ]
    return pa.Table.from_arrays(columns, table.column_names)


def _first_record(data: bytes, newline: bytes, quoted: QuotedSections) -> int:
    end = 0
    while (end := data.find(newline, end) + 1) > 0:
        if end_of_records(data[:end], newline, quoted)[0] == end:
            return end
    return len(data)


def find_delimiter(text: str, *, wanted: Sequence[str] = ()) -> str:
    """The delimiter that gives the header the most of the ``wanted`` names, and then equally long rows.

    >>> find_delimiter("a;b\\n1,5;2\\n")
    ';'
    """
    best, best_score = DELIMITERS[0], (-1, -1.0, -1)
    lines = text.splitlines(keepends=True)
    if len(lines) > 1:
        lines = lines[:_SAMPLE_RECORDS] if len(lines) > _SAMPLE_RECORDS else lines[:-1]
    for delimiter in DELIMITERS:
        try:
            records = [record for record in csv.reader(lines, delimiter=delimiter) if record]
        except csv.Error:
            continue
        if not records:
            continue
        cells = len(records[0])
        named = len({name.strip() for name in records[0]} & set(wanted))
        alike = sum(len(record) == cells for record in records) / len(records) if cells > 1 else 0.0
        score = (named, alike, cells)
        if score > best_score:
            best, best_score = delimiter, score
    return best
