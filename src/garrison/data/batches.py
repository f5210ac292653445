"""A stream of batches, cut anew."""

from collections.abc import Iterable, Iterator

import pyarrow as pa


def rebatched(batches: Iterable[pa.RecordBatch], rows: int) -> Iterator[pa.RecordBatch]:
    """The same rows in batches of ``rows``, the last perhaps smaller; nothing where there are none.

    >>> parts = [pa.RecordBatch.from_pydict({"a": [1, 2, 3]}), pa.RecordBatch.from_pydict({"a": [4]})]
    >>> [batch.num_rows for batch in rebatched(parts, 2)]
    [2, 2]
    """
    held: list[pa.RecordBatch] = []
    waiting = 0
    for batch in batches:
        held.append(batch)
        waiting += batch.num_rows
        if waiting < rows:
            continue
        whole = pa.concat_batches(held)
        full = waiting - waiting % rows
        for begin in range(0, full, rows):
            yield whole.slice(begin, rows)
        held, waiting = [whole.slice(full)], waiting - full
    if waiting:
        yield pa.concat_batches(held)
