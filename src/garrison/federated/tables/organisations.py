"""One table of events as the tables of several organisations, each with its own kind of traffic."""

import pyarrow as pa

from garrison.errors import SchemaError
from garrison.federated.partitions import by_value


def organisations(table: pa.Table, *, column: str = "service", least: int = 500) -> dict[str, pa.Table]:
    """The rows of each value of ``column``, by its name; values with fewer than ``least`` rows are one, ``other``.

    ``SchemaError`` when there is no such column, ``DataError`` when fewer than two organisations come of it.

    >>> table = pa.table({"service": ["http", "dns", "http", "dns"], "bytes": [1, 2, 3, 4]})
    >>> {name: each.num_rows for name, each in organisations(table, least=2).items()}
    {'dns': 2, 'http': 2}
    """
    if column not in table.column_names:
        raise SchemaError(
            f"the table has no column {column!r} to tell organisations by",
            expected=f"one of {', '.join(table.column_names)}",
        )
    rows = by_value(
        [None if value is None else str(value) for value in table.column(column).to_pylist()], least=least
    )
    return {name: table.take(pa.array(places)) for name, places in rows.items()}
