"""Where events to be scored come from: files of any source, a store, or numbers that are ready for the model.

Every input gives batches with the row's number (and the file's name, where there are several), and either columns that
a schema has typed, or the model's numbers. Rows that are refused go to the quarantine on the way.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.lib import format as npy

from garrison.data.batches import one_batch
from garrison.data.quarantine import Quarantine
from garrison.data.schema import Schema
from garrison.data.sources import Source
from garrison.data.sources.base import row_numbers
from garrison.data.stores import open_store
from garrison.errors import SchemaError, SourceError
from garrison.run.redaction import redact
from garrison.serving.batch.kept import FILE, ROW


class Input(Protocol):
    """Events, in an order that does not change while ``identity`` does not."""

    prepared: bool
    """Whether its columns are the model's numbers, and not those of a schema."""

    def identity(self) -> Any:
        """JSON that is equal only where the events are."""

    def batches(self, quarantine: Quarantine) -> Iterator[pa.RecordBatch]:
        """The good rows; the others go to ``quarantine``."""


class SourceInput:
    """Files, one after the other, each read by its own source."""

    prepared = False

    def __init__(self, sources: Sequence[Source]) -> None:
        self.sources = sources

    def identity(self) -> Any:
        """The name, size and time of the last change of each file; to read it twice would take too long."""
        return [[source.name, *_stamp(source.path)] for source in self.sources]

    def batches(self, quarantine: Quarantine) -> Iterator[pa.RecordBatch]:
        """The rows of all files."""
        for source in self.sources:
            before = _stamp(source.path)
            for part in source.numbered(quarantine):
                yield _placed(part.batch, part.rows, source.name if len(self.sources) > 1 else None)
            if _stamp(source.path) != before:
                raise SourceError(
                    "the file was changed while it was read",
                    where=str(source.path),
                    expected="a file that stays as it is",
                    remedy="let what writes it finish, and score again",
                )


class StoreInput:
    """A collection of a store, in the order of its keys; ``hide`` replaces addresses, ``hide_text`` in a text."""

    prepared = False

    def __init__(
        self,
        url: str,
        collection: str,
        schema: Schema,
        *,
        batch_rows: int,
        hide: Callable[[pa.RecordBatch], pa.RecordBatch],
        hide_text: Callable[[str], str],
    ) -> None:
        self.url, self.collection, self.schema = url, collection, schema
        self.batch_rows = batch_rows
        self._hide, self._hide_text = hide, hide_text

    def identity(self) -> Any:
        """Where it is, and how many rows it has."""
        with open_store(self.url) as store:
            return [redact(self.url), self.collection, store.count(self.collection)]

    def batches(self, quarantine: Quarantine) -> Iterator[pa.RecordBatch]:
        """The rows, numbered by their place."""
        done = 0
        with open_store(self.url) as store:
            there = store.schema(self.collection).names
            kept = self.schema.kept(with_label=False)
            missing = [column.name for column in kept if column.name not in there and not column.optional]
            if missing:
                raise SchemaError(
                    f"the collection lacks {len(missing)} column(s): {', '.join(missing[:10])}",
                    where=f"{redact(self.url)} {self.collection}",
                    expected=f"the columns of the schema {self.schema.name!r}",
                    remedy="name another collection",
                )
            wanted = [name for name in there if name in self.schema.wanted(with_label=False)]
            for batch in store.scan(self.collection, columns=wanted, batch_rows=self.batch_rows):
                rows = row_numbers(done + 1, batch.num_rows)
                done += batch.num_rows
                validated = self.schema.validate(self._hide(batch), with_label=False, rows=rows)
                quarantine.refuse_rows(self.collection, validated.refused, hide=self._hide_text)
                good = rows.filter(_not_among(rows, validated.refused.column("row")))
                yield _placed(one_batch(validated.table), good, None)


class PreparedInput:
    """Numbers as the detector's processor gives them: a matrix in a ``.npy`` file, or a Parquet file of its columns.

    Rows with a number that is missing or infinite are refused.
    """

    prepared = True

    def __init__(self, path: Path, names: Sequence[str], *, batch_rows: int) -> None:
        self.path, self.names, self.batch_rows = path, list(names), batch_rows

    @staticmethod
    def is_one(path: Path, names: Sequence[str], schema: Schema) -> bool:
        """Whether the file holds the numbers called ``names``, and not events of ``schema``."""
        if path.suffix == ".npy":
            return True
        if path.suffix not in (".parquet", ".pq"):
            return False
        try:
            found = set(pq.read_schema(path).names)
        except (pa.ArrowException, OSError):
            return False
        events = {column.name for column in schema.kept(with_label=False) if not column.optional}
        return found.issuperset(names) and not found.issuperset(events)

    def identity(self) -> Any:
        """The name, size and time of the last change of the file."""
        return [self.path.name, *_stamp(self.path)]

    def batches(self, quarantine: Quarantine) -> Iterator[pa.RecordBatch]:
        """The rows whose numbers are all finite."""
        done = 0
        for numbers in self._matrices():
            rows = row_numbers(done + 1, len(numbers))
            done += len(numbers)
            good = np.isfinite(numbers).all(axis=1)
            for place in np.flatnonzero(~good):
                column = int(np.flatnonzero(~np.isfinite(numbers[place]))[0])
                reason = f"{self.names[column]}: missing or infinite"
                quarantine.refuse(self.path.name, int(rows[int(place)].as_py()), reason, "")
            kept = numbers if good.all() else numbers[good]
            matrix = pa.FixedSizeListArray.from_arrays(
                pa.array(np.ascontiguousarray(kept).reshape(-1)), len(self.names)
            )
            yield pa.RecordBatch.from_arrays([rows.filter(pa.array(good)), matrix], [ROW, NUMBERS])

    def _matrices(self) -> Iterator[Any]:
        if self.path.suffix == ".npy":
            yield from self._of_array()
            return
        try:
            with pq.ParquetFile(self.path, pre_buffer=False) as file:
                for batch in file.iter_batches(batch_size=self.batch_rows, columns=self.names):
                    columns = [batch.column(name).cast(pa.float64(), safe=False) for name in self.names]
                    yield np.column_stack([column.to_numpy(zero_copy_only=False) for column in columns])
        except (pa.ArrowException, OSError) as error:
            raise self._unreadable(str(error).splitlines()[0]) from error

    def _of_array(self) -> Iterator[Any]:
        """Read a part at a time: a file that is mapped into memory would count as memory, all of it."""
        try:
            with self.path.open("rb") as file:
                rows, dtype = self._header(file)
                width = len(self.names)
                for start in range(0, rows, self.batch_rows):
                    count = min(self.batch_rows, rows - start) * width
                    numbers = np.fromfile(file, dtype=dtype, count=count)
                    if len(numbers) < count:
                        raise self._unreadable(f"it ends in row {start + len(numbers) // width + 1:,}")
                    yield np.asarray(numbers.reshape(-1, width), dtype=np.float64)
        except (OSError, ValueError, EOFError) as error:
            raise self._unreadable(str(error).splitlines()[0]) from error

    def _header(self, file: IO[bytes]) -> tuple[int, Any]:
        version = npy.read_magic(file)
        shape, by_columns, dtype = (
            npy.read_array_header_1_0(file) if version == (1, 0) else npy.read_array_header_2_0(file)
        )
        if len(shape) != 2 or dtype.kind not in "fiub" or by_columns:
            raise self._unreadable(f"{dtype} of shape {shape}" + (", column by column" if by_columns else ""))
        if shape[1] != len(self.names):
            raise SchemaError(
                f"the matrix has {shape[1]} columns",
                where=str(self.path),
                expected=f"{len(self.names)}, those of the detector's processor: "
                + ", ".join(self.names[:5])
                + (", …" if self.names[5:] else ""),
                remedy="transform the events with the detector's processor",
            )
        return int(shape[0]), dtype

    def _unreadable(self, reason: str) -> SourceError:
        return SourceError(
            f"cannot be read as numbers: {reason}"[:300],
            where=str(self.path),
            expected="a matrix of numbers, one row an event",
            remedy="write it again with numpy.save, or as Parquet",
        )


NUMBERS = "numbers"
"""The column that holds the model's numbers, where they are prepared."""


def _placed(batch: pa.RecordBatch, rows: pa.Array, file: str | None) -> pa.RecordBatch:
    arrays, names = [rows, *batch.columns], [ROW, *batch.schema.names]
    if file is not None:
        arrays.insert(1, pa.repeat(pa.scalar(file), batch.num_rows))
        names.insert(1, FILE)
    return pa.RecordBatch.from_arrays(arrays, names)


def _not_among(rows: pa.Array, refused: pa.ChunkedArray) -> pa.Array:
    return pa.array(~np.isin(rows.to_numpy(), refused.to_numpy()))


def _stamp(path: Path) -> tuple[int, int]:
    try:
        facts = path.stat()
    except OSError as error:
        raise SourceError(f"cannot read the file: {error.strerror}", where=str(path)) from error
    return facts.st_size, facts.st_mtime_ns
