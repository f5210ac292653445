"""Labels that come later, joined to scored events by their ids.

Of an id its hash is kept (BLAKE2b, 8 bytes), so that ten million labels take 90 MB and not a gigabyte; that any two of
ten million ids share one has a chance of three in a million.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from garrison.data.quarantine import Quarantine
from garrison.data.schema import OTHERS, Column, Label, Schema
from garrison.data.sources import open_source
from garrison.data.validate import labels_of_any_class
from garrison.errors import SchemaError

ID_COLUMNS = ("event_id", "id")
"""What the column of ids may be called."""

LABEL_COLUMN = "is_malicious"
"""What the label is called where the detector learnt without one."""


@dataclass(frozen=True)
class LateLabels:
    """The truth by event id. ``contradictory`` ids came with both labels: the last of them counts.

    >>> labels = LateLabels.of(["a", "b"], np.array([True, False]))
    >>> known, y = labels.find(["b", "c", "a"])
    >>> known.tolist(), y.tolist()
    ([True, False, True], [False, True])
    """

    _hashes: NDArray[np.uint64]
    _truth: NDArray[np.bool_]
    contradictory: int = 0
    refused: int = 0

    @classmethod
    def of(cls, ids: Sequence[str], y: NDArray[np.bool_], *, refused: int = 0) -> "LateLabels":
        """The labels ``y``, shape (n,), of n ids."""
        return cls.of_parts([(_hashed(ids), y)], refused=refused)

    @classmethod
    def of_parts(
        cls, parts: Iterable[tuple[NDArray[np.uint64], NDArray[np.bool_]]], *, refused: int = 0
    ) -> "LateLabels":
        """The labels of parts, each the hashes of its ids and their labels."""
        kept = list(parts)
        hashes = np.concatenate([part[0] for part in kept]) if kept else np.empty(0, np.uint64)
        truth = np.concatenate([part[1] for part in kept]) if kept else np.empty(0, np.bool_)
        order = np.argsort(hashes, kind="stable")
        hashes, truth = hashes[order], truth[order]
        same = hashes[1:] == hashes[:-1]
        last = np.concatenate([~same, [True]]) if len(hashes) else np.empty(0, np.bool_)
        disagree = int(np.count_nonzero(same & (truth[1:] != truth[:-1])))
        return cls(hashes[last], truth[last], disagree, refused)

    def __len__(self) -> int:
        return len(self._hashes)

    def find(self, ids: Sequence[str]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Which of n ids have a label, bool (n,), and the labels of those that do."""
        if not len(self):
            return np.zeros(len(ids), np.bool_), np.empty(0, np.bool_)
        hashes = _hashed(ids)
        places = np.minimum(np.searchsorted(self._hashes, hashes), len(self._hashes) - 1)
        known = self._hashes[places] == hashes
        return known, self._truth[places[known]]


def read_labels(path: Path, schema: Schema, quarantine: Quarantine) -> LateLabels:
    """The labels in a file of two columns, or more: ``event_id`` (or ``id``), and the label as the schema has it.

    Where the schema has no label it is called ``is_malicious``. Rows without an id, or with a label that is neither
    malicious nor benign, go to ``quarantine``. ``SchemaError`` where a column is not there.
    """
    names = next(open_source(path, batch_rows=64).read(Quarantine(None))).schema.names
    wanted = _schema(names, schema, path)
    before = quarantine.count
    parts = []
    for batch in open_source(path, schema=wanted).read(quarantine):
        table = pa.Table.from_batches([batch])
        if table.num_rows:
            ids = table.column(wanted.columns[0].name).to_pylist()
            parts.append((_hashed(ids), labels_of_any_class(wanted, table)))
    return LateLabels.of_parts(parts, refused=quarantine.count - before)


def _schema(names: Sequence[str], schema: Schema, path: Path) -> Schema:
    """The schema of a file of labels: the id, the label, and nothing else is looked at."""
    ids = next((name for name in ID_COLUMNS if name in names), None)
    label = schema.label or Label(LABEL_COLUMN, (True,), (False,))
    missing = " or ".join(ID_COLUMNS) if ids is None else label.column if label.column not in names else None
    if ids is None or missing is not None:
        raise SchemaError(
            f"the file of labels has no column {missing}",
            where=str(path),
            expected=f"a column {' or '.join(ID_COLUMNS)} of event ids, and {label.column!r} with the label",
            remedy=f"it has {', '.join(names[:10])}: rename them",
        )
    kind = schema.column(label.column).type if schema.label else "boolean"
    # Where every value that is not benign is malicious, all are allowed.
    allowed = None if OTHERS in label.positive else (*label.positive, *label.negative)
    others = [Column(name, "string", role="ignore") for name in names if name not in {ids, label.column}]
    truth = Column(label.column, kind, role="label", allowed=allowed)
    columns = (Column(ids, "string"), truth, *others)
    return Schema(name="labels", columns=columns, label=label)


def _hashed(ids: Iterable[str]) -> NDArray[np.uint64]:
    digests = b"".join(blake2b(each.encode("utf-8", "surrogatepass"), digest_size=8).digest() for each in ids)
    return np.frombuffer(digests, dtype=np.uint64)
