"""JSON Lines: one JSON object a line."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar, Unpack

import pyarrow as pa

from garrison.data.sources.base import Numbered, Reading, Refuse, Source
from garrison.data.sources.binary import refuse_binary
from garrison.data.sources.compression import chunks
from garrison.data.sources.records import LONGEST, blocks
from garrison.data.sources.text import as_utf8, check_encoding, find_encoding
from garrison.data.value_text import column_of, texts_of
from garrison.errors import SchemaError, SourceError

_SAMPLE = 256 * 1024


class JsonLinesSource(Source):
    """One JSON object a line, its values single: no lists, no objects. A missing key is a missing value.

    Refused one by one: lines that are no JSON object, longer than 10 MB or not valid UTF-8, objects with a
    key twice or one that is no column, nested values. Empty lines are no rows. ``SchemaError``: a column
    that no line of the first batch has though it may not be missing. ``SourceError``: an empty file.
    """

    format = "jsonl"
    endings: ClassVar[tuple[str, ...]] = (".jsonl", ".ndjson")
    choices = ("encoding",)

    def __init__(
        self,
        path: Path,
        *,
        encoding: str | None = None,
        **reading: Unpack[Reading],
    ) -> None:
        super().__init__(path, **reading)
        where = str(path)
        sample = next(chunks(path, size=_SAMPLE), b"")
        if not sample.strip():
            raise SourceError("the file is empty", where=where, expected="one JSON object a line")
        found = find_encoding(sample, whole=len(sample) < _SAMPLE)
        if encoding:
            self.encoding = check_encoding(encoding, where=where)
        else:
            self.encoding = found if found.startswith("utf") else "utf-8"
        refuse_binary(sample, where=where, encoding=self.encoding)

    def _raw(self, refuse: Refuse) -> Iterator[Numbered]:
        names = list(self.schema.names) if self.schema else []
        given = False
        for objects in self.objects(refuse):
            if not names:
                names = list(dict.fromkeys(name for _, record in objects for name in record))
            rows: list[int] = []
            records: list[dict[str, Any]] = []
            for row, record in objects:
                fault = _fault(record, names)
                if fault:
                    refuse(row, fault, json.dumps(record))
                else:
                    rows.append(row)
                    records.append(record)
            if not given and objects:
                self._check_first([record for _, record in objects])
            for at in range(0, len(rows), self.batch_rows):
                given = True
                yield Numbered(
                    pa.array(rows[at : at + self.batch_rows], pa.int64()),
                    self._batch(records[at : at + self.batch_rows], names),
                )
        if not names:
            raise SourceError("no line is a JSON object", where=str(self.path), expected="one a line")
        if not given:
            yield Numbered(pa.array([], pa.int64()), self._batch([], names))

    def objects(self, refuse: Refuse) -> Iterator[list[tuple[int, dict[str, Any]]]]:
        """The numbered objects of each block of lines."""
        stream = as_utf8(chunks(self.path), self.encoding, where=str(self.path))
        row = 0
        for block in blocks(stream, newline=b"\n", quoted=None):
            objects = []
            for line in block.data.split(b"\n"):
                if not line.strip():
                    continue
                row += 1
                if block.fault or len(line) > LONGEST:
                    refuse(
                        row, f"a line of over {LONGEST:,} bytes", line[:LONGEST].decode("utf-8", "replace")
                    )
                    continue
                try:
                    objects.append((row, json_object(line)))
                except (ValueError, RecursionError) as error:
                    refuse(row, json_fault(error), line.decode("utf-8", "replace"))
            if objects:
                yield objects

    def _check_first(self, records: list[dict[str, Any]]) -> None:
        if self.schema is None:
            return
        seen = set().union(*records)
        missing = [
            column.name
            for column in self.schema.kept(with_label=self.with_label)
            if not column.nullable and column.name not in seen
        ]
        if missing:
            raise SchemaError(
                "missing columns: " + ", ".join(map(repr, missing[:10])),
                where=str(self.path),
                expected=f"the columns of schema {self.schema.name!r}",
                remedy="correct the file, or the features file",
            )

    def _batch(self, records: list[dict[str, Any]], names: list[str]) -> pa.RecordBatch:
        texts: set[str] = set()
        if self.schema is not None:
            kept = {column.name: column.type for column in self.schema.kept(with_label=self.with_label)}
            wanted = self.schema.wanted(with_label=self.with_label)
            names = [name for name in names if name in wanted]
            texts = {name for name, kind in kept.items() if kind == "string"}
        columns = [
            (texts_of if name in texts else column_of)([record.get(name) for record in records])
            for name in names
        ]
        return pa.RecordBatch.from_arrays(columns, names)


def json_object(line: bytes) -> dict[str, Any]:
    """The JSON object of one line; ``ValueError`` or ``RecursionError`` where it is none, see ``json_fault``."""
    record = _DECODER.decode(line.decode())
    if not isinstance(record, dict):
        raise ValueError("not a JSON object")
    if b"\\u" in line:
        json.dumps(record, ensure_ascii=False).encode()
    return record


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) < len(pairs):
        raise ValueError("a key is there twice")
    return record


_DECODER = json.JSONDecoder(object_pairs_hook=_no_duplicates)


def json_fault(error: ValueError | RecursionError) -> str:
    """What was wrong with a line, as words."""
    if isinstance(error, json.JSONDecodeError):
        return "not JSON"
    if isinstance(error, UnicodeDecodeError):
        return "not valid UTF-8"
    if isinstance(error, UnicodeEncodeError):
        return "half a surrogate pair"
    if isinstance(error, RecursionError):
        return "nested too deeply"
    return "a number of too many digits" if "digits" in str(error) else str(error)


def _fault(record: dict[str, Any], names: list[str]) -> str:
    for name, value in record.items():
        if name not in names:
            return f"{name[:100]}: unexpected key"
        if isinstance(value, (dict, list)):
            return f"{name}: a nested value"
    return ""
