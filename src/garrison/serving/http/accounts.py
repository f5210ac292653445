"""What becomes of events once they are judged: counted, offered to the monitor, and kept where they were refused."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from prometheus_client import Counter, Histogram

from garrison.errors import OutputError
from garrison.serving.http.answers import Refusal
from garrison.serving.http.log_queue import LogQueue
from garrison.serving.http.metrics import Metrics
from garrison.serving.http.models import Served
from garrison.serving.http.quarantine import GrowingQuarantine

OTHER = "(other)"
"""The field by which events are counted that have one the schema does not know."""


class Accounts:
    """Keeps the books; nothing here fails a request, and what is lost is counted."""

    def __init__(
        self,
        metrics: Metrics,
        *,
        quarantine: GrowingQuarantine | None = None,
        log: LogQueue | None = None,
        on_error: Callable[[Exception], None] = lambda _: None,
    ) -> None:
        self._metrics = metrics
        self._quarantine = quarantine
        self._log = log
        self._on_error = on_error
        self._counters: dict[tuple[str, str], tuple[Counter, Counter, Histogram]] = {}

    def scored_one(
        self, served: Served, event: Mapping[str, Any], score: float, *, request: str, latency: float
    ) -> None:
        """One event has its score; ``latency`` in seconds."""
        passed, flagged, scores = self._counters.get((served.name, served.digest)) or self._of(served)
        (flagged if score >= served.scorer.threshold else passed).inc()
        scores.observe(score)
        if self._log is not None:
            self._log.offer_one(served, event, score, request=request, latency=latency)

    def scored_many(
        self,
        served: Served,
        events: pa.Table,
        scores: NDArray[np.float64],
        rows: NDArray[np.int64],
        *,
        request: str,
        latency: float,
    ) -> None:
        """The events of a batch, whose numbers in it are ``rows``, have their scores."""
        passed, flagged, histogram = self._counters.get((served.name, served.digest)) or self._of(served)
        count = int((scores >= served.scorer.threshold).sum())
        flagged.inc(count)
        passed.inc(len(scores) - count)
        for score in scores.tolist():
            histogram.observe(score)
        if self._log is not None and len(scores):
            self._log.offer_many(served, events, scores, rows, request=request, latency=latency)

    def refused(
        self, served: Served, refusals: Sequence[Refusal], contents: Sequence[Any], *, request: str
    ) -> None:
        """Events were refused; ``contents`` has each as it came, at the place of its refusal."""
        known = {*served.scorer.schema.names, *served.scorer.schema.window_names}
        for refusal in refusals:
            field = refusal.field if refusal.field in known else OTHER
            self._metrics.refused.labels(served.name, field).inc()
        if self._quarantine is None or not refusals:
            return
        try:
            lost = self._quarantine.keep(refusals, contents, model=served.name, request=request)
        except OutputError as error:
            lost = len(refusals)
            self._on_error(error)
        self._metrics.quarantined.labels("lost").inc(lost)
        self._metrics.quarantined.labels("kept").inc(len(refusals) - lost)

    def close(self) -> None:
        """Let the monitor have what waits for it, and close the quarantine."""
        if self._log is not None:
            self._log.close()
        if self._quarantine is not None:
            self._quarantine.close()

    def _of(self, served: Served) -> tuple[Counter, Counter, Histogram]:
        version = str(served.version or served.digest[:8])
        counter = self._metrics.scored
        found = (
            counter.labels(served.name, version, "no"),
            counter.labels(served.name, version, "yes"),
            self._metrics.scores.labels(served.name),
        )
        self._counters[served.name, served.digest] = found
        return found
