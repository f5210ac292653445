"""A detector that scores as the one it came from does, a single event in tens of microseconds."""

import contextlib
import threading
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from garrison.data.one_value import Unsure
from garrison.detection.compiled.compile_model import TOLERANCE, Proof, compile_model, prove
from garrison.detection.compiled.many_rows import ManyRows
from garrison.detection.compiled.row_scorer import RowScorer
from garrison.detection.detector import Detector, Threshold
from garrison.detection.families.base import Floats
from garrison.errors import GarrisonError
from garrison.features import Live, LiveEvents, Remembering
from garrison.features.one_event import one_event
from garrison.progress import say


class FastDetector:
    """What ``Detector.compiled`` gives: the schema's check, the processor and the model, prepared for single events.

    A compiled model is used only after it gave the model's scores, to ``TOLERANCE``, on hundreds of rows made to be
    hard, and on those that ``compiled`` was given; else the plain model scores, ``engine`` says so, and so does a line
    on standard error. A score that close to the threshold is the plain model's: no verdict ever differs.

    An event whose check is not plainly passed goes the way of a table of one row, slowly: it is refused, or taken,
    exactly as ``Detector.score`` does. Safe to use from many threads.
    """

    def __init__(self, detector: Detector, *, rows: Any = None) -> None:
        self.detector = detector
        self.proof: Proof | None = None
        """What the compiled model was compared on, and how far it was off; None where the plain model scores."""
        self._model: RowScorer | None = None
        tried = None if rows is None else detector.processor.transform(detector.checked(rows))
        try:
            compiled = compile_model(detector.model)
            self.proof = prove(compiled, detector.model, tried)
            self._model, self.engine = compiled, compiled.name
        except (
            Exception
        ) as error:  # whatever a library finds wrong with an export: the plain model is always there
            reason = error.what if isinstance(error, GarrisonError) else f"{type(error).__name__}: {error}"
            self.engine = f"the plain model ({reason.splitlines()[0][:200]})"
            say(f"{detector.name} is not compiled: {reason.splitlines()[0][:200]}; the plain model scores")
        self._rows = ManyRows(detector.model, threshold=detector.threshold.value)
        self._live: Live | None = None
        self._turn: contextlib.AbstractContextManager[Any] = contextlib.nullcontext()
        self._numbers = one_event(detector.processor, detector.schema)

    @property
    def threshold(self) -> Threshold:
        """The detector's threshold: rows scoring at or above its ``value`` are flagged."""
        return self.detector.threshold

    @property
    def remembers(self) -> bool:
        """Whether it remembers what came before, which is for ``live`` to begin."""
        return self._live is not None

    @property
    def late(self) -> int:
        """How many events came after a later one, as far as it remembers."""
        return self._live.late if self._live else 0

    def live(self) -> "FastDetector":
        """A detector that remembers: each event's past is counted over those it was given before.

        To be given events in order of time, one or many at once; late ones get what ``LiveWindows`` says. Without
        windows there is nothing to remember, and the scores are the same. One thread at a time gets through.
        """
        remembering = type(self).__new__(type(self))
        remembering.__dict__.update(self.__dict__)
        processor = self.detector.processor
        if isinstance(processor, Remembering):
            remembering._live = live = processor.live()
            windows = live.windows if isinstance(live, LiveEvents) else None
            remembering._numbers = one_event(processor, self.detector.schema, windows=windows)
            remembering._turn = threading.Lock()
        return remembering

    def score(self, table: Any) -> Floats:
        """The probability, in [0, 1], that each row is malicious, float64 ``(n,)``; takes and raises what
        ``Detector.score`` does."""
        checked = self.detector.checked(table)
        if not checked.num_rows:
            return np.empty(0)
        return self._rows.score(self._transformed(checked))

    def verdict(self, table: Any) -> NDArray[np.bool_]:
        """Whether each row is flagged, bool ``(n,)``."""
        return self.score(table) >= self.threshold.value

    def score_one(self, event: Mapping[str, Any]) -> float:
        """The probability, in [0, 1], that one event is malicious: that of ``score`` for it alone, within 1e-5.

        Raises what ``score`` does.
        """
        try:
            with self._turn:
                row = self._numbers(event)
        except (Unsure, TypeError):
            row = self._transformed(self.detector.checked([event]))[0]
        if self._model is not None:
            found = min(max(self._model.score_one(row), 0.0), 1.0)
            if abs(found - self.threshold.value) > TOLERANCE:
                return found
        return float(self.detector.model.score(row[None])[0])

    def verdict_one(self, event: Mapping[str, Any]) -> bool:
        """Whether one event is flagged; always what ``verdict`` says of it alone."""
        return self.score_one(event) >= self.threshold.value

    def _transformed(self, checked: pa.Table) -> Floats:
        if self._live is None:
            return self.detector.processor.transform(checked)
        with self._turn:
            return self._live.transform(checked)

    def __repr__(self) -> str:
        """Which detector it is, and what scores its single events."""
        return f"FastDetector({self.detector.name!r}, engine={self.engine!r})"
