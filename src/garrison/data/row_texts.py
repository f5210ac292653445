"""Rows as the text under which a quarantine keeps them."""

import json
from collections.abc import Iterator

import pyarrow as pa

from garrison.data.validate import texts


def row_texts(rows: pa.Table | pa.RecordBatch) -> Iterator[str]:
    """Each row as JSON: its columns' names, and their values as a person reads them (see ``texts``).

    >>> list(row_texts(pa.table({"port": [80, None], "host": ["a.example", "é"]})))
    ['{"port": "80", "host": "a.example"}', '{"port": null, "host": "é"}']
    """
    columns = [
        texts(column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column)
        for column in rows.columns
    ]
    for row in zip(*columns, strict=True):
        yield json.dumps(dict(zip(rows.schema.names, row, strict=True)), ensure_ascii=False)
