"""The part of a scoring that may be done elsewhere: events, or the numbers made of them, to scores."""

from dataclasses import dataclass
from functools import cached_property

import pyarrow as pa

from garrison.detection import Detector
from garrison.detection.compiled.many_rows import ManyRows
from garrison.detection.families import Model
from garrison.detection.families.base import Floats
from garrison.features import Processor


@dataclass(frozen=True)
class Scorer:
    """What scores a batch whatever stood in others: ``jobs`` threads, a processor, a model and its threshold."""

    processor: Processor
    model: Model
    threshold: float
    jobs: int

    @classmethod
    def of(cls, detector: Detector, *, jobs: int) -> "Scorer":
        """That of a detector."""
        return cls(detector.processor, detector.model, detector.threshold.value, jobs)

    @cached_property
    def _many(self) -> ManyRows:
        return ManyRows(self.model, threshold=self.threshold)

    def score(self, given: pa.Table | Floats) -> Floats:
        """The scores, float64 ``(n,)``, of a table of events or of numbers float64 ``(n, d)``."""
        numbers = self.processor.transform(given) if isinstance(given, pa.Table) else given
        return self._many.score(numbers, jobs=self.jobs)


def score_part(given: pa.Table | Floats, scorer: Scorer) -> Floats:
    """The scores of one batch."""
    return scorer.score(given)
