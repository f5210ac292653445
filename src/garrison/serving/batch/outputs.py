"""Scores as a file: Parquet, CSV or JSON Lines, by the ending of its name."""

import contextlib
import json
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from garrison.errors import UsageError

Write = Callable[[pa.Table], None]


@contextlib.contextmanager
def _parquet(path: Path, schema: pa.Schema) -> Iterator[Write]:
    repeated = [field.name for field in schema if pa.types.is_string(field.type)]
    with pq.ParquetWriter(
        path, schema, compression="zstd", use_dictionary=repeated, store_schema=False
    ) as writer:
        yield writer.write_table


@contextlib.contextmanager
def _csv(path: Path, schema: pa.Schema) -> Iterator[Write]:
    with pa.csv.CSVWriter(path, schema) as writer:
        yield writer.write_table


@contextlib.contextmanager
def _jsonl(path: Path, schema: pa.Schema) -> Iterator[Write]:  # noqa: ARG001 (a line names its own columns)
    with path.open("w", encoding="utf-8") as file:

        def write(table: pa.Table) -> None:
            for batch in table.to_batches(max_chunksize=8_192):
                for row in batch.to_pylist():
                    file.write(json.dumps(row, ensure_ascii=False, default=_as_text) + "\n")

        yield write


def _as_text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"a {type(value).__name__} is no JSON")


FORMATS: dict[str, Callable[[Path, pa.Schema], contextlib.AbstractContextManager[Write]]] = {
    ".parquet": _parquet,
    ".csv": _csv,
    ".jsonl": _jsonl,
}
"""How a file is written, by the ending of its name."""


def writer_for(out: Path) -> Callable[[Path, pa.Schema], contextlib.AbstractContextManager[Write]]:
    """What writes a file with the name ``out``; ``UsageError`` when its ending is not known."""
    try:
        return FORMATS[out.suffix.lower()]
    except KeyError:
        raise UsageError(
            f"the name's ending {out.suffix!r} tells no format",
            where=str(out),
            expected="a name that ends in " + ", ".join(FORMATS),
        ) from None
