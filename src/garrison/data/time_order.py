"""Rows put in the order of their time, however many there are: kept in a file, and sorted outside of memory."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet

from garrison.data.duckdb_errors import duckdb_errors
from garrison.errors import GarrisonError
from garrison.files import output_errors

MEMORY = "256MiB"
"""What sorting may hold in memory; the rest goes to a file."""
PLACE = "_place"
"""The column that is added on the way: how many rows were added before this one."""


def late_rows(times: pa.Array, latest: int | None) -> tuple[int, int | None]:
    """How many of ``times`` are before ``latest`` or before one that stands above them, and the latest of all.

    ``times`` are Arrow timestamps in microseconds without a missing one, ``latest`` is such a number.

    >>> late_rows(pa.array([3, 5, 4, 5], pa.timestamp("us")), 4)
    (2, 5)
    """
    numbers = times.cast(pa.int64()).to_numpy(zero_copy_only=False)
    if not len(numbers):
        return 0, latest
    highest = np.maximum.accumulate(numbers)
    before = np.concatenate([[numbers[0] if latest is None else latest], highest[:-1]])
    if latest is not None:
        before = np.maximum(before, latest)
    return int((numbers < before).sum()), int(max(highest[-1], before[-1]))


class TimeOrder:
    """Takes rows in any order and gives them back by ``time``; rows of one moment keep the order they came in.

    Everything lies in files of ``folder``, which must be there and is left to the caller to remove. Memory is bounded
    by a batch and 256 MiB. Rows that came in order are not sorted again.
    """

    def __init__(self, folder: Path, schema: pa.Schema, *, time: str) -> None:
        self.schema = schema
        self.time = time
        self.rows = 0
        self.late = 0
        self._latest: int | None = None
        self._path = folder / "rows.parquet"
        self._spill = folder / "spill"
        kept = schema.append(pa.field(PLACE, pa.int64()))
        with output_errors(self._path):
            self._writer = pa.parquet.ParquetWriter(self._path, kept, compression="snappy")

    def add(self, batch: pa.RecordBatch) -> None:
        """Keep the rows of ``batch``."""
        times = batch.column(batch.schema.names.index(self.time))
        late, self._latest = late_rows(times, self._latest)
        self.late += late
        places = pa.array(np.arange(self.rows, self.rows + batch.num_rows))
        with output_errors(self._path):
            self._writer.write_batch(
                pa.RecordBatch.from_arrays([*batch.columns, places], schema=self._writer.schema)
            )
        self.rows += batch.num_rows

    def read(self, batch_rows: int) -> Iterator[pa.RecordBatch]:
        """All rows in order, in batches of at most ``batch_rows``; nothing can be added after that."""
        with output_errors(self._path):
            self._writer.close()
        if not self.late:
            yield from self._as_added(batch_rows)
            return
        yield from self._sorted(batch_rows)

    def _as_added(self, batch_rows: int) -> Iterator[pa.RecordBatch]:
        with pa.parquet.ParquetFile(self._path, pre_buffer=False) as file:
            for batch in file.iter_batches(batch_size=batch_rows):
                yield pa.RecordBatch.from_arrays(batch.columns[:-1], schema=self.schema)

    def _sorted(self, batch_rows: int) -> Iterator[pa.RecordBatch]:
        import duckdb

        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": MEMORY,
            "temp_directory": str(self._spill),
            "threads": 2,
        }
        with (
            duckdb_errors(self._spill, cannot="cannot sort", failed=self._failed),
            duckdb.connect(":memory:", config=config) as connection,
        ):
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute("SET enable_external_access = false")
            with pa.parquet.ParquetFile(self._path, pre_buffer=False) as file:
                kept = pa.RecordBatchReader.from_batches(
                    self._writer.schema, file.iter_batches(batch_size=65_536)
                )
                rows = connection.from_arrow(kept)
                by = (duckdb.ColumnExpression(self.time), duckdb.ColumnExpression(PLACE))
                for batch in rows.sort(*by).to_arrow_reader(batch_rows):
                    columns = zip(batch.columns, self.schema, strict=False)
                    yield pa.RecordBatch.from_arrays(
                        [column.cast(field.type) for column, field in columns], schema=self.schema
                    )

    def _failed(self, text: str) -> GarrisonError:
        return GarrisonError(f"sorting failed: {text}", where=str(self._path))
