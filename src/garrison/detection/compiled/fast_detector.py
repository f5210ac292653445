"""A detector that scores as the one it came from does, an event or a table at a time."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from garrison.detection.detector import Detector, Threshold
from garrison.detection.families.base import Floats


@dataclass(frozen=True)
class FastDetector:
    """What ``Detector.compiled`` gives; its scores are those of ``detector``."""

    detector: Detector

    @property
    def threshold(self) -> Threshold:
        """The detector's threshold: rows scoring at or above its ``value`` are flagged."""
        return self.detector.threshold

    def score(self, table: Any) -> Floats:
        """The probability, in [0, 1], that each row is malicious, float64 ``(n,)``; see ``Detector.score``."""
        return self.detector.score(table)

    def verdict(self, table: Any) -> NDArray[np.bool_]:
        """Whether each row is flagged, bool ``(n,)``."""
        return self.score(table) >= self.threshold.value

    def score_one(self, event: Mapping[str, Any]) -> float:
        """The probability, in [0, 1], that one event is malicious; refused as ``Detector.score`` refuses it."""
        return float(self.detector.score([event])[0])

    def verdict_one(self, event: Mapping[str, Any]) -> bool:
        """Whether one event is flagged."""
        return self.score_one(event) >= self.threshold.value
