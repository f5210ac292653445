"""The model that is judged, and the labelled events that it is judged by."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from garrison.assurance.figure_names import KINDS, figure_name
from garrison.data.splits import group_ids
from garrison.detection import Detector
from garrison.errors import DataError
from garrison.features import Remembering
from garrison.pipelines.watching.model import WatchedModel

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

FEWEST = 50
"""Rows of a class below which a share of them says little: at 50 its 95 % interval may be 28 points wide."""


@dataclass(frozen=True)
class Subject:
    """A loaded model, and a validated ``table`` of labelled events that it has not learnt from, called ``data``.

    ``asked`` are the figures that gates name, which are measured besides the usual ones. ``rows`` malicious events are
    attacked and as many held out for what learns anew; ``seconds`` bounds the long parts together (None: they take
    what they need). ``kept`` is a folder for what long parts have finished (None: nothing is kept).
    """

    watched: WatchedModel
    table: pa.Table
    data: str
    asked: tuple[str, ...]
    rows: int
    seed: int
    seconds: float | None
    workspace: Path
    kept: Path | None
    jobs: int = 1

    @property
    def detector(self) -> Detector:
        """The detector itself."""
        return self.watched.detector

    @cached_property
    def y(self) -> Bools:
        """The truth, shape (n,); ``SchemaError`` where all rows are of one class."""
        return self.detector.schema.labels(self.table)

    @cached_property
    def groups(self) -> Ints:
        """Rows of one group belong together, shape (n,)."""
        return group_ids(self.table, self.detector.schema)

    @cached_property
    def events(self) -> pa.Table:
        """The events as the detector sees them: without their truth, and with what their sources did before."""
        schema = self.detector.schema
        truth = {column.name for column in schema.columns if column.role in ("label", "attack")}
        events = self.detector.checked(
            self.table.drop_columns([name for name in self.table.column_names if name in truth])
        )
        processor = self.detector.processor
        if isinstance(processor, Remembering):
            events = processor.live().with_past(events)  # type: ignore[attr-defined]
        if events.num_rows != self.table.num_rows:
            raise DataError("some of the events cannot be scored", where=schema.name)
        return events

    @cached_property
    def X(self) -> Floats:  # noqa: N802
        """The events as numbers, shape (n, features)."""
        return self.detector.processor.transform(self.events)

    @cached_property
    def scores(self) -> Floats:
        """The scores of the events, shape (n,)."""
        return self.detector.model.score(self.X, jobs=self.jobs)

    @property
    def threshold(self) -> float:
        """The detector's operating point."""
        return self.detector.threshold.value

    def share_of_time(self, share: float) -> float | None:
        """The seconds that a part may take which has this share of all; None: as long as it takes."""
        return None if self.seconds is None else self.seconds * share

    def values_of(self, kind: str) -> tuple[float, ...]:
        """The values of a figure's parameter that are measured: the usual ones, and those that gates ask for."""
        found = (figure_name(name) for name in self.asked)
        asked = {each.at for each in found if each.kind == kind and each.at is not None}
        return tuple(sorted({*KINDS[kind].usual, *asked}))

    def asked_in(self, part: str) -> tuple[str, ...]:
        """The figures of a part that gates ask for."""
        return tuple(name for name in self.asked if figure_name(name).part == part)

    def drawn(self, rows: int) -> Ints:
        """At most ``rows`` rows, half of them malicious as far as there are so many, in their order; shape (k,)."""
        draw = np.random.default_rng([self.seed, rows])
        malicious, benign = (draw.permutation(np.flatnonzero(side)) for side in (self.y, ~self.y))
        few = min(len(malicious), max(rows // 2, rows - len(benign)))
        return np.sort(np.concatenate([malicious[:few], benign[: rows - few]]))
