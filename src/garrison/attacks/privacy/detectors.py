"""Detectors as privacy attacks see them: a trained one that may be asked, and its recipe."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from garrison.attacks.privacy.interface import Bools, Floats, Ints, Records
from garrison.detection import FAMILIES, Detector, Model
from garrison.detection.families.directions import for_inputs
from garrison.features import Processor

Weigh = Callable[[pa.Table, Bools], Floats | None]
"""What each row counts when a model learns, from the rows and their labels; None: all the same."""


@dataclass(frozen=True)
class DetectorAnswers:
    """A processor and its model, asked for the probabilities of benign and malicious; events are validated ones."""

    processor: Processor
    model: Model
    jobs: int = 1

    def probabilities(self, records: Records, /) -> Floats:
        """Shape ``(n, 2)``: benign, malicious."""
        malicious = self.model.score(self.processor.transform(records), jobs=self.jobs)
        return np.stack([1 - malicious, malicious], axis=1)


@dataclass(frozen=True)
class DetectorRecipe:
    """Another detector of the same schema, kind of processor, family and parameters; the processor is fitted anew."""

    detector: Detector
    weigh: Weigh | None = None
    jobs: int = 1

    def learn(self, records: Records, y: Ints, /, *, seed: int) -> DetectorAnswers:
        """Learn from an Arrow table of validated events; raises as a family's ``fit`` does."""
        labels = y.astype(np.bool_)
        processor = self.detector.processor.fit(records, self.detector.schema)
        model = FAMILIES[self.detector.family].fit(
            processor.transform(records),
            labels,
            params=for_inputs(self.detector.params, self.detector.processor.names, processor.names),
            seed=seed,
            weights=None if self.weigh is None else self.weigh(records, labels),
            jobs=self.jobs,
        )
        return DetectorAnswers(processor, model, self.jobs)


def answers_of(detector: Detector, *, jobs: int = 1) -> DetectorAnswers:
    """The detector itself, to be asked."""
    return DetectorAnswers(detector.processor, detector.model, jobs)
