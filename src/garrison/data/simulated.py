"""Events that were made up are known by a column of their own, wherever they go."""

import pyarrow as pa
import pyarrow.compute as pc

SIMULATED = "simulated"
"""The column that is true where an event was made up by the simulator."""


def simulated_rows(table: pa.Table) -> int:
    """How many rows of ``table`` were made up.

    >>> simulated_rows(pa.table({"simulated": [True, None, False]})), simulated_rows(pa.table({"port": [80]}))
    (1, 0)
    """
    if SIMULATED not in table.column_names:
        return 0
    column = table.column(SIMULATED)
    return (pc.sum(column).as_py() or 0) if pa.types.is_boolean(column.type) else 0
