"""Tables of any make as Arrow tables: pandas, polars, Arrow, dicts; eager or lazy."""

import contextlib
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa

from garrison.data.value_text import column_of, texts_of
from garrison.errors import DataError, GarrisonError

BATCH_ROWS = 65_536


def as_tables(raw: Any, *, batch_rows: int = BATCH_ROWS) -> Iterator[pa.Table]:
    """The rows of ``raw``, in order, as Arrow tables of at most ``batch_rows`` rows.

    A pandas frame, whose index is left out; a polars frame, or a lazy one, which is collected batch by batch;
    an Arrow table, record batch, reader or dataset, and whatever else has ``__arrow_c_stream__``; dicts, one
    an event, or one dict. Where a column of a pandas frame or of dicts has values of several kinds they are
    given as text, for a schema to judge. ``DataError`` when it is none of these, or cannot be read.

    >>> [table.to_pydict() for table in as_tables([{"port": 80}, {"port": "x", "host": "a"}])]
    [{'port': ['80', 'x'], 'host': [None, 'a']}]
    """
    for table in map(_with_plain_categories, _tables(raw, batch_rows)):
        for start in range(0, max(table.num_rows, 1), batch_rows):
            yield table.slice(start, batch_rows)


def _tables(raw: Any, batch_rows: int) -> Iterator[pa.Table]:
    if isinstance(raw, Mapping):
        yield _from_dicts([raw])
    elif isinstance(raw, list | tuple):
        yield from [_from_dicts(raw)] if raw else []
    elif isinstance(raw, pa.Table):
        yield raw
    elif isinstance(raw, pa.RecordBatch):
        yield pa.Table.from_batches([raw])
    elif hasattr(raw, "iloc") and hasattr(raw, "columns"):
        yield _from_pandas(raw)
    elif _is_dataset(raw):
        yield from _each(raw.to_batches(batch_size=batch_rows), raw)
    elif hasattr(raw, "collect_batches"):
        with _reading(raw):
            frames = raw.collect_batches(chunk_size=batch_rows, maintain_order=True)
        yield from _each(frames, raw)
    elif hasattr(raw, "collect"):
        with _reading(raw):
            frame = raw.collect()
        yield from _stream(frame)
    else:
        yield from _stream(raw)


def _is_dataset(raw: Any) -> bool:
    """Whoever has a dataset has imported its module, which takes half a second and brings pandas."""
    module = sys.modules.get("pyarrow.dataset")
    return module is not None and isinstance(raw, module.Dataset)


def _stream(raw: Any) -> Iterator[pa.Table]:
    if not hasattr(raw, "__arrow_c_stream__"):
        raise DataError(
            f"a {type(raw).__name__} cannot be read as events",
            expected="a pandas or polars frame, an Arrow table, dicts, or paths of files",
        )
    with _reading(raw):
        reader = pa.RecordBatchReader.from_stream(raw)
    empty = True
    for table in _each(reader, raw):
        empty = False
        yield table
    if empty:
        yield reader.schema.empty_table()


def _each(parts: Iterable[Any], raw: Any) -> Iterator[pa.Table]:
    """The parts as tables, each asked for only when the one before is done with."""
    iterator = iter(parts)
    while True:
        with _reading(raw):
            part = next(iterator, None)
            if part is None:
                return
            table = pa.Table.from_batches([part]) if isinstance(part, pa.RecordBatch) else pa.table(part)
        yield table


@contextlib.contextmanager
def _reading(raw: Any) -> Iterator[None]:
    """Whatever a library raises while it gives its rows, as a ``DataError``."""
    try:
        yield
    except GarrisonError:
        raise
    except Exception as error:
        text = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataError(
            f"the {type(raw).__name__} cannot be read: {text}"[:300],
            expected="a table whose rows can be read",
            remedy="see that it can be collected or printed on its own",
        ) from error


def _with_plain_categories(table: pa.Table) -> pa.Table:
    """Categories as polars has them, views of strings, made strings: Arrow cannot take values from the former."""
    for place, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type) and pa.types.is_string_view(field.type.value_type):
            chunks = [
                pa.DictionaryArray.from_arrays(chunk.indices, chunk.dictionary.cast(pa.string()))
                for chunk in table.column(place).chunks
            ]
            kind = pa.dictionary(field.type.index_type, pa.string())
            table = table.set_column(place, field.name, pa.chunked_array(chunks, kind))
    return table


def _from_pandas(frame: Any) -> pa.Table:
    names = [str(name) for name in frame.columns]
    columns = [_from_series(frame.iloc[:, place]) for place in range(len(names))]
    return pa.Table.from_arrays(columns, names)


def _from_series(series: Any) -> pa.Array | pa.ChunkedArray:
    if getattr(series.dtype, "tz", None) is not None and hasattr(series, "dt"):
        series = series.dt.tz_convert(None)  # in UTC; pandas warns where Arrow looks at a zone
    try:
        return pa.array(series, from_pandas=True)
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        missing = series.isna()
        return texts_of(None if absent else value for value, absent in zip(series, missing, strict=True))


def _from_dicts(rows: Sequence[Any]) -> pa.Table:
    wrong = next((row for row in rows if not isinstance(row, Mapping)), None)
    if wrong is not None:
        raise DataError(
            f"a list of events has a {type(wrong).__name__} in it",
            expected="dicts, one an event, or paths of files",
        )
    names = dict.fromkeys(name for row in rows for name in row)
    columns = [column_of([row.get(name) for row in rows]) for name in names]
    return pa.Table.from_arrays(columns, [str(name) for name in names])
