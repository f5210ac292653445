"""Simulated events as a file: Parquet, CSV or JSON Lines."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from garrison.data.simulator.events import SCHEMA
from garrison.data.simulator.stream import simulate
from garrison.errors import UsageError
from garrison.files import atomic_file
from garrison.progress import progress

Write = Callable[[pa.RecordBatch], object]


@contextlib.contextmanager
def _parquet(path: Path) -> Iterator[Write]:
    with pyarrow.parquet.ParquetWriter(path, SCHEMA, compression="zstd") as writer:
        yield writer.write_batch


@contextlib.contextmanager
def _csv(path: Path) -> Iterator[Write]:
    options = pyarrow.csv.WriteOptions(quoting_style="needed")
    with pyarrow.csv.CSVWriter(path, SCHEMA, write_options=options) as writer:
        yield writer.write_batch


@contextlib.contextmanager
def _json_lines(path: Path) -> Iterator[Write]:
    with path.open("wb") as file:
        yield lambda batch: file.write(_lines(batch))


def _lines(batch: pa.RecordBatch) -> bytes:
    """One JSON object a row; no text of a simulated event has a character that JSON would escape."""
    parts: list[object] = []
    for place, field in enumerate(SCHEMA):
        quote = '"' if pa.types.is_string(field.type) or pa.types.is_timestamp(field.type) else ""
        parts += [f'{"," if place else "{"}"{field.name}":{quote}', batch.column(place).cast(pa.string())]
        if quote:
            parts.append(quote)
    lines = pc.binary_join_element_wise(*parts, "}\n", "")
    return "".join(lines.to_pylist()).encode()


WRITERS = {".parquet": _parquet, ".csv": _csv, ".jsonl": _json_lines}


def write_simulated(path: Path, events: int, *, seed: int, malicious_share: float = 0.05) -> None:
    """Write ``events`` simulated events to ``path`` (.parquet, .csv or .jsonl), whole or not at all.

    Only Parquet can say in its metadata that it is simulated; the column ``simulated`` is in all three.
    ``UsageError`` for another ending or a number out of range.
    """
    writer = WRITERS.get(path.suffix.lower())
    if writer is None:
        raise UsageError(
            f"the name's ending {path.suffix!r} tells no format",
            where=str(path),
            expected="a name that ends in " + ", ".join(WRITERS),
        )
    batches = simulate(events, seed=seed, malicious_share=malicious_share)
    with (
        progress("simulating", total=events) as advance,
        atomic_file(path) as temporary,
        writer(temporary) as write,
    ):
        for batch in batches:
            write(batch)
            advance(batch.num_rows)
