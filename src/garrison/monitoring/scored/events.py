"""The events of a log as a detector reads them, with the scores that they were given."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from garrison.data.quarantine import Quarantine
from garrison.data.schema import Schema
from garrison.data.sources.base import row_numbers
from garrison.data.stores import Store
from garrison.monitoring.scored.layout import COLLECTION, features_table
from garrison.monitoring.scored.read import read_log


@dataclass(frozen=True)
class LoggedEvents:
    """Validated rows of a schema, and the scores (n,) that the log has of them."""

    table: pa.Table
    scores: NDArray[np.float64]


def logged_events(
    store: Store,
    schema: Schema,
    model: str,
    *,
    version: int | None = None,
    since: datetime | None = None,
    collection: str = COLLECTION,
    quarantine: Quarantine,
) -> Iterator[LoggedEvents]:
    """Events as the service scored them, batch by batch; those that failed have no score and are left out.

    Rows that are not what ``schema`` says go to ``quarantine``. Raises as ``read_log`` does.
    """
    names = tuple(sorted(schema.wanted(with_label=False)))
    done = 0
    read = read_log(store, model, version=version, since=since, collection=collection, features=True)
    for part in read:
        table = features_table(list(part.features), names)
        rows = row_numbers(done + 1, len(part))
        done += len(part)
        validated = schema.validate(table, with_label=False, rows=rows)
        quarantine.refuse_rows(f"collection {collection}", validated.refused)
        kept = np.isin(rows.to_numpy(), validated.refused.column("row").to_numpy(), invert=True)
        scored = np.isfinite(part.scores[kept])
        if scored.any():
            yield LoggedEvents(validated.table.filter(pa.array(scored)), part.scores[kept][scored])
