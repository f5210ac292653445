"""A copy: a model of a family of the thief's choice, learnt from events and what a detector answered to them.

Tramèr et al., "Stealing Machine Learning Models via Prediction APIs", USENIX Security 2016: from scores more is learnt
than from labels. A score becomes two rows, flagged and not, that weigh as much as the score says.
"""

from dataclasses import replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from garrison.attacks.stealing.theft import Oracle, Theft
from garrison.detection import FAMILIES, Detector, Params, Threshold

Floats = NDArray[np.float64]

LEAST_WEIGHT = 1e-3
"""Weights below it are no rows."""


def copied(
    theft: Theft,
    oracle: Oracle,
    table: pa.Table,
    answers: Floats,
    *,
    family: str,
    seed: int,
    params: Params | None = None,
) -> Detector | None:
    """The copy, or None where all answers were the same verdict, from which nothing can be learnt.

    Its parameters are the defaults of its family, but for ``params``, and its threshold is a half; where scores were
    answered, it lies between the highest that was not flagged and the lowest that was.
    """
    verdicts = oracle.verdicts(answers)
    if not len(answers) or verdicts.all() or not verdicts.any():
        return None
    X = theft.processor.transform(table)
    kind = FAMILIES[family]
    full = kind.complete(params or {})
    if theft.answers == "scores" and kind.weighted:
        threshold = float(answers[~verdicts].max() + answers[verdicts].min()) / 2
        both = np.concatenate([answers, 1 - answers])
        kept = both > LEAST_WEIGHT
        labels = np.repeat([True, False], len(answers))[kept]
        X, weights = np.concatenate([X, X])[kept], both[kept]
        if labels.all() or not labels.any():
            return None
        model = kind.fit(X, labels, params=full, weights=weights, seed=seed)
    else:
        threshold = 0.5
        model = kind.fit(X, verdicts, params=full, seed=seed)
    return replace(
        theft.detector,
        processor=theft.processor,
        model=model,
        family=family,
        params=full,
        threshold=Threshold(threshold, "copied"),
        reference=None,
    )
