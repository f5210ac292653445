"""Scoring, as the service does it: one event quickly, or a table; the one place that knows how a detector is asked."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from garrison.detection import Detector
from garrison.serving.http.checking import check, refused
from garrison.serving.http.past import Past, past_of
from garrison.serving.http.recent import Recent

Floats = NDArray[np.float64]

_ROWS_AT_ONCE = 4096


def _never() -> None:
    pass


class Scorer:
    """A detector made ready to be asked, with what it remembers of sources.

    Events of a detector without windows are scored independently of each other; the scores are ``Detector.score``'s.
    """

    def __init__(
        self, detector: Detector, *, remember_past: bool = True, before: "Scorer | None" = None
    ) -> None:
        self.detector = detector
        self.schema = detector.schema
        self.threshold = detector.threshold.value
        self.past: Past | None = None
        if remember_past:
            self.past = past_of(self.schema.windows, self.schema.time, before=before.past if before else None)
        self.recent: Recent = before.recent if before and before.schema == detector.schema else Recent()
        self._fast = detector.compiled()

    def one(self, event: Mapping[str, Any]) -> float:
        """The score of one event as it came; ``SchemaError`` when it is not what the schema says."""
        if self.past is None:
            score = self._fast.score_one(event)
            self.recent.add(event)
            return score
        table = self.past.beside(self.checked(event))
        self.recent.add(table)
        return float(self._fast.score(table)[0])

    def many(self, table: pa.Table, *, proceed: Callable[[], None] = _never) -> Floats:
        """The scores ``(n,)`` of events that were checked; ``proceed`` is called now and then, and may raise."""
        scores = np.empty(table.num_rows)
        for start in range(0, table.num_rows, _ROWS_AT_ONCE):
            proceed()
            part = table.slice(start, _ROWS_AT_ONCE)
            part = self.past.beside(part) if self.past else part
            scores[start : start + _ROWS_AT_ONCE] = self._fast.score(part)
            if start + _ROWS_AT_ONCE >= table.num_rows:
                self.recent.add_last_of(part)
        return scores

    def with_past(self, table: pa.Table) -> pa.Table:
        """Events that were checked, with what their sources did before; nothing is remembered of them."""
        return self.past.beside(table, remember=False) if self.past else table

    def checked(self, event: Mapping[str, Any]) -> pa.Table:
        """One event as a validated table; ``Refused`` names the field that is wrong."""
        found = check(self.schema, [event])
        if found.refusals:
            raise refused(found.refusals, total=1, schema=self.schema)
        return found.table

    def warm(self) -> None:
        """Score nothing once, so that no first request waits for what is made at first use."""
        self._fast.score(self.schema.arrow_schema(with_label=False).empty_table())
