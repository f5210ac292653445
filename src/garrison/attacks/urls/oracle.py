"""What an attacker can ask of a detector of URLs: scores, or verdicts alone."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from garrison.attacks.evasion.budget import Budget
from garrison.attacks.urls.targets import Bools, Floats, url_column
from garrison.detection import Detector

BLOCK = 8_192
"""URLs that are scored at a time, which bounds memory."""


class UrlScores:
    """The score of any URL, and the threshold; each URL is counted as a query."""

    def __init__(self, detector: Detector, budget: Budget) -> None:
        self.threshold = detector.threshold.value
        self._detector, self._budget = detector, budget
        self._column = url_column(detector) or ""

    def ask(self, urls: Sequence[str]) -> Floats:
        """The scores, shape (n,), in [0, 1]: through the schema, the processor and the model, as anybody's URLs."""
        self._budget.asked += len(urls)
        found = np.empty(len(urls))
        for start in range(0, len(urls), BLOCK):
            part = pa.array(urls[start : start + BLOCK], pa.string())
            found[start : start + BLOCK] = self._detector.score(pa.table({self._column: part}))
        return found


class UrlVerdicts:
    """Whether a URL is flagged, and nothing else."""

    def __init__(self, scores: UrlScores) -> None:
        self._scores = scores

    def ask(self, urls: Sequence[str]) -> Bools:
        """Whether each URL is flagged, shape (n,)."""
        return np.asarray(self._scores.ask(urls) >= self._scores.threshold)
