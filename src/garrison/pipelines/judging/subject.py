"""The model that is judged, and the labelled events that it is judged by."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from garrison.assurance.figure_names import KINDS, figure_name
from garrison.assurance.scorecard import Doubt
from garrison.data.row_codes import row_codes
from garrison.data.splits import group_ids
from garrison.detection import Detector
from garrison.errors import DataError
from garrison.features import Remembering
from garrison.pipelines.privacy.sides import sides_of_run
from garrison.pipelines.watching.model import WatchedModel
from garrison.run.fingerprint import table_fingerprint

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

SEEN = "trained_on_these_rows"
MOST_SEEN = 0.05
"""The share of the events that may equal training rows by chance."""
FEWEST = 50
"""Rows of a class below which a share of them says little: at 50 its 95 % interval may be 28 points wide."""


@dataclass(frozen=True)
class Subject:
    """A loaded model, and a validated ``table`` of labelled events that it has not learnt from, called ``data``.

    ``asked`` are the figures that gates name, which are measured besides the usual ones. ``rows`` malicious events are
    attacked. ``seconds`` bounds the long parts together (None: they take what they need), of which ``alone`` says that
    there is but one. ``kept`` is a folder for what long parts have finished (None: nothing is kept).
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
    alone: bool = False
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
        """The seconds that a part may take which has this share of all; None: as long as it takes.

        A long part that is measured alone may take all of them.
        """
        return None if self.seconds is None else self.seconds * (1.0 if self.alone else share)

    def values_of(self, *kinds: str, usual: tuple[float, ...] | None = None) -> tuple[float, ...]:
        """The values of the parameter of figures that are measured together: the usual ones, and those gates ask for.

        ``usual`` are other usual ones than those of the first of the ``kinds``.
        """
        found = (figure_name(name) for name in self.asked)
        asked = {each.at for each in found if each.kind in kinds and each.at is not None}
        return tuple(sorted({*(KINDS[kinds[0]].usual if usual is None else usual), *asked}))

    @cached_property
    def seen(self) -> Bools | None:
        """Which of the events equal, in their features, a row that was learnt from; None where those are not known."""
        sides = sides_of_run(self.watched, workspace=self.workspace)
        if sides is None:
            return None
        names = self.detector.schema.feature_names
        learnt = sides.table.filter(pa.array(sides.learnt)).select(names)
        both = pa.concat_tables([learnt, self.table.select(names).cast(learnt.schema)])
        codes = row_codes(both, names)
        return np.isin(codes[learnt.num_rows :], codes[: learnt.num_rows])

    @cached_property
    def flattered(self) -> tuple[Doubt, ...]:
        """Why quality and robustness look better than they are: many of the events were learnt from."""
        share = 0.0 if self.seen is None else float(self.seen.mean())
        same = table_fingerprint(self.table) == self.detector.training_fingerprint
        if not same and share <= MOST_SEEN:
            return ()
        many = "all" if same else f"{share:.0%}"
        return (Doubt(name=SEEN, why=f"{many} of these events equal rows that the detector learnt from"),)

    def asked_in(self, part: str) -> tuple[str, ...]:
        """The figures of a part that gates ask for."""
        return tuple(name for name in self.asked if figure_name(name).part == part)

    def drawn(self, rows: int) -> Ints:
        """At most ``rows`` rows, half of them malicious as far as there are so many, in their order; shape (k,)."""
        draw = np.random.default_rng([self.seed, rows])
        malicious, benign = (draw.permutation(np.flatnonzero(side)) for side in (self.y, ~self.y))
        few = min(len(malicious), max(rows // 2, rows - len(benign)))
        return np.sort(np.concatenate([malicious[:few], benign[: rows - few]]))
