"""Parquet: typed columns, read a batch at a time."""

import contextlib
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Unpack

import pyarrow as pa
import pyarrow.parquet

from garrison.data.sources.base import Numbered, Reading, Refuse, Source, row_numbers
from garrison.data.sources.compression import chunks, codec_of
from garrison.data.validate import check_columns, check_unique
from garrison.errors import SchemaError, SourceError
from garrison.files import output_errors


class ParquetSource(Source):
    """A Parquet file; one inside gz or zst is unpacked to a temporary file first.

    ``SourceError``: a file that is not Parquet, is damaged, or is empty. ``SchemaError``: a name twice,
    missing or unexpected, or a column of lists or structures.
    """

    format = "parquet"
    endings = (".parquet", ".pq")

    def __init__(
        self,
        path: Path,
        **reading: Unpack[Reading],
    ) -> None:
        super().__init__(path, **reading)
        self._compressed = codec_of(path) is not None

    def _raw(self, refuse: Refuse) -> Iterator[Numbered]:  # noqa: ARG002 (every row of a Parquet file is a row)
        done = 0
        with self._plain_path() as path, self._faults(lambda: done), _opened(path) as file:
            kept = self._kept(file.schema_arrow)
            for batch in file.iter_batches(batch_size=self.batch_rows, columns=kept):
                yield Numbered(row_numbers(done + 1, batch.num_rows), batch.select(kept))
                done += batch.num_rows
            if not done:
                columns = pa.schema([file.schema_arrow.field(name) for name in kept])
                yield Numbered(row_numbers(1, 0), pa.RecordBatch.from_pylist([], schema=columns))

    def _kept(self, found: pa.Schema) -> list[str]:
        where = str(self.path)
        check_unique(found.names, where=where)
        kept = list(found.names)
        if self.schema is not None:
            check_columns(self.schema, found.names, with_label=self.with_label, where=where)
            wanted = self.schema.wanted(with_label=self.with_label)
            kept = [name for name in kept if name in wanted]
        nested = [name for name in kept if pa.types.is_nested(found.field(name).type)]
        if nested or not kept:
            raise SchemaError(
                f"column {nested[0]!r} holds {found.field(nested[0]).type} values"
                if nested
                else "the file has no columns",
                where=where,
                expected="columns of one value a row",
                remedy="flatten the column, or give it the role 'ignore' in a features file",
            )
        return kept

    @contextlib.contextmanager
    def _plain_path(self) -> Iterator[Path]:
        if not self._compressed:
            yield self.path
            return
        with tempfile.TemporaryDirectory() as folder:
            unpacked = Path(folder) / "unpacked.parquet"
            with output_errors(unpacked), unpacked.open("wb") as file:
                for chunk in chunks(self.path):
                    file.write(chunk)
            yield unpacked

    @contextlib.contextmanager
    def _faults(self, done: Callable[[], int]) -> Iterator[None]:
        try:
            yield
        except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
            text = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise SourceError(
                f"cannot be read as Parquet after row {done():,}: {text}"[:300],
                where=str(self.path),
                expected="a Parquet file that is whole",
                remedy="fetch or write the file again",
            ) from error


def _opened(path: Path) -> Any:
    return pyarrow.parquet.ParquetFile(
        path, pre_buffer=False, buffer_size=1 << 20, page_checksum_verification=True
    )
