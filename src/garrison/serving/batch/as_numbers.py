"""Events as the numbers a model takes, batch by batch, in the order in which the detector has to see them."""

import contextlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from garrison.data.batches import ahead, rebatched
from garrison.data.quarantine import Quarantine
from garrison.data.time_order import TimeOrder
from garrison.detection import Detector
from garrison.features import LiveEvents, Remembering
from garrison.files import output_errors
from garrison.progress import progress
from garrison.serving.batch.inputs import NUMBERS, Input

Floats = NDArray[np.float64]


@contextlib.contextmanager
def rows_as_numbers(
    detector: Detector, data: Input, quarantine: Quarantine, *, folder: Path, batch_rows: int
) -> Iterator[Iterator[tuple[pa.RecordBatch, Floats]]]:
    """Batches of rows, and the numbers float64 ``(n, d)`` that the detector's processor makes of them.

    ``folder`` holds what is needed to bring rows into the order of time, where the detector looks at the past.
    """
    processor = detector.processor
    live = processor.live() if isinstance(processor, Remembering) and not data.prepared else None
    with contextlib.ExitStack() as stack:
        coming = stack.enter_context(contextlib.closing(ahead(data.batches(quarantine))))
        batches: Iterator[pa.RecordBatch] = coming
        if isinstance(live, LiveEvents) and live.windows is not None:
            batches = stack.enter_context(in_time(coming, folder, detector, batch_rows))
        transform = live.transform if live else processor.transform
        yield ((batch, numbers_of(batch, detector, transform)) for batch in rebatched(batches, batch_rows))


def events_of(batch: pa.RecordBatch, detector: Detector) -> pa.Table:
    """The columns of a batch that the detector was made for."""
    wanted = [column.name for column in detector.schema.kept(with_label=False)]
    past = [name for name in detector.schema.window_names if name in batch.schema.names]
    return pa.Table.from_batches([batch.select([*wanted, *past])])


def numbers_of(batch: pa.RecordBatch, detector: Detector, transform: Callable[[pa.Table], Floats]) -> Floats:
    """The numbers of a batch, float64 ``(n, d)``: made by ``transform``, or already there."""
    if NUMBERS in batch.schema.names:
        matrix = batch.column(batch.schema.names.index(NUMBERS))
        flat: Floats = matrix.flatten().to_numpy()
        return flat.reshape(batch.num_rows, -1)
    return transform(events_of(batch, detector))


@contextlib.contextmanager
def in_time(
    batches: Iterator[pa.RecordBatch], folder: Path, detector: Detector, batch_rows: int
) -> Iterator[Iterator[pa.RecordBatch]]:
    """All rows in order of time; those of one moment keep their order."""
    time_column = detector.schema.time or ""
    inside = folder / "order"
    with output_errors(inside):
        shutil.rmtree(inside, ignore_errors=True)
        inside.mkdir()
    order: TimeOrder | None = None
    with progress("reading") as advance:
        for batch in batches:
            if order is None:
                order = TimeOrder(inside, batch.schema, time=time_column)
            order.add(batch)
            advance(batch.num_rows)
    try:
        yield iter(()) if order is None else order.read(batch_rows)
    finally:
        shutil.rmtree(inside, ignore_errors=True)
