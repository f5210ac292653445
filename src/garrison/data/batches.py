"""A stream of batches: cut anew, or read ahead of whoever works on it."""

from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pyarrow as pa

READ_AHEAD = 2
"""Batches that may wait to be worked on."""

T = TypeVar("T")


def ahead(parts: Iterator[T]) -> Generator[T, None, None]:
    """The parts, the next few read, in a thread, while one is worked on.

    >>> list(ahead(iter([1, 2, 3])))
    [1, 2, 3]
    """
    with ThreadPoolExecutor(1) as reader:
        coming = deque(reader.submit(next, parts, None) for _ in range(READ_AHEAD))
        while (part := coming.popleft().result()) is not None:
            coming.append(reader.submit(next, parts, None))
            yield part


def one_batch(table: pa.Table) -> pa.RecordBatch:
    """The rows of a table as one batch; one without rows where there are none.

    >>> one_batch(pa.table({"a": pa.chunked_array([[1], [2]])})).to_pydict()
    {'a': [1, 2]}
    """
    batches = table.combine_chunks().to_batches()
    return batches[0] if batches else pa.RecordBatch.from_pylist([], schema=table.schema)


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
