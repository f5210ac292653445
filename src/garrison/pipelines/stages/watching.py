"""What is kept of the training data, so that a detector can be watched once it is live."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from garrison.detection import Detector
from garrison.monitoring import ReferenceMaker, Scores, Watch

BATCH_ROWS = 65_536


def with_reference(
    detector: Detector,
    train: pa.Table,
    X: NDArray[np.float64],
    *,
    scores: NDArray[np.float64],
    y: NDArray[np.bool_] | None = None,
) -> Detector:
    """The detector with sketches of the rows it was trained on and of its scores of rows held out of training.

    ``train`` is the validated table of the n training rows and ``X``, shape (n, d), what its processor makes of them;
    ``scores``, shape (m,) in [0, 1], and their truth ``y`` are of the held-out rows.
    """
    watch = Watch(detector)
    maker = ReferenceMaker(watch.always)
    for start in range(0, train.num_rows, BATCH_ROWS):
        end = start + BATCH_ROWS
        maker.add(watch.see_numbers(train.slice(start, BATCH_ROWS), X[start:end]))
    held_out = Scores.of(scores, threshold=detector.threshold.value, y=y)
    return replace(detector, reference=maker.reference(held_out).to_dict())
