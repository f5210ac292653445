"""The log of a model's scored events, read back batch by batch."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from garrison.data.stores import Store, Where
from garrison.errors import DataError, SchemaError
from garrison.monitoring.scored.layout import COLLECTION, COLUMNS

BATCH_ROWS = 65_536


@dataclass(frozen=True)
class Logged:
    """Scored events of a log: each array has one value a row.

    ``scores`` are NaN where scoring failed; ``weight`` is how many events a row stands for.
    """

    ids: tuple[str, ...]
    at: NDArray[np.datetime64]
    scores: NDArray[np.float64]
    flagged: NDArray[np.bool_]
    latency: NDArray[np.float64]
    failed: NDArray[np.bool_]
    weight: NDArray[np.float64]
    features: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.ids)


def is_log(store: Store, collection: str) -> bool:
    """Whether a collection is a log of scored events."""
    return collection in store.collections() and {*COLUMNS.names} <= {*store.schema(collection).names}


def read_log(
    store: Store,
    model: str,
    *,
    version: int | None = None,
    since: datetime | None = None,
    collection: str = COLLECTION,
    features: bool = False,
    batch_rows: int = BATCH_ROWS,
) -> Iterator[Logged]:
    """The scored events of a model in order of time, of one version where it is named; ``features`` gives them too.

    ``SchemaError`` where the collection is no log, ``DataError`` where it has no event of the model.
    """
    if collection not in store.collections():
        raise SchemaError(
            f"nothing was logged there: it has no collection {collection!r}",
            where=store.address,
            expected="the store that a service logs to",
            remedy="garrison serve … --log STORE, or garrison monitor record; and name the same STORE here",
        )
    if not is_log(store, collection):
        raise SchemaError(
            f"the collection {collection!r} is no log of scored events",
            where=store.address,
            expected="the columns " + ", ".join(COLUMNS.names),
            remedy="name the collection that the service writes to: garrison serve … --log STORE",
        )
    where = Where.of("model", "==", model)
    if version is not None:
        where &= Where.of("version", "==", str(version))
    if since is not None:
        where &= Where.of("at", ">=", since)
    names = [name for name in COLUMNS.names if features or name != "features"]
    found = False
    for batch in store.scan(collection, columns=names, where=where, batch_rows=batch_rows):
        if batch.num_rows:
            found = True
            yield _logged(batch, with_features=features)
    if not found:
        raise DataError(
            f"the log has no event of {model}"
            + ("" if version is None else f" version {version}")
            + ("" if since is None else f" since {since.isoformat(timespec='seconds')}"),
            where=f"{store.address}, collection {collection}",
            expected="one scored event or more",
            remedy="check the model's name, and since when",
        )


def _logged(batch: pa.RecordBatch, *, with_features: bool) -> Logged:
    scores = _floats(batch.column("score"))
    return Logged(
        ids=tuple(batch.column("event_id").to_pylist()),
        at=batch.column("at").cast(pa.timestamp("us")).to_numpy(zero_copy_only=False),
        scores=scores,
        flagged=np.asarray(
            batch.column("flagged").fill_null(False).to_numpy(zero_copy_only=False), dtype=bool
        ),
        latency=_floats(batch.column("latency_s")),
        failed=np.asarray(batch.column("error").is_valid().to_numpy(zero_copy_only=False), dtype=bool),
        weight=1 / _floats(batch.column("sample")),
        features=tuple(batch.column("features").to_pylist()) if with_features else (),
    )


def _floats(column: pa.Array) -> NDArray[np.float64]:
    return np.asarray(column.cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)
