"""Made-up flows of two kinds that overlap, and what is poisoned and stolen with them."""

from typing import Any

import numpy as np
import pyarrow as pa
from small_attacks import SCHEMA, changeable_detector, changeable_flows

from garrison.attacks.poisoning import Labelled, Recipe, Victim
from garrison.data.schema import Schema
from garrison.detection import Detector


def noisy_flows(count: int, *, seed: int) -> pa.Table:
    """Flows of which a model makes some mistakes: the column that tells most says nothing in them."""
    flows = changeable_flows(count, seed=seed)
    draw = np.random.default_rng([seed, 1])
    level = pa.array(draw.choice([0, 2, 5], count).astype(np.int64))
    return flows.set_column(flows.column_names.index("level"), "level", level)


def small_detector(family: str = "xgboost", **params: Any) -> Detector:
    """A detector of such flows."""
    own = params or {"trees": 25, "max_depth": 4}
    return changeable_detector(family, flows=noisy_flows(800, seed=0), **own)


def small_victim(
    detector: Detector, *, rows: int = 800, test: int = 500, attacker: Schema = SCHEMA, **options: Any
) -> Victim:
    """The recipe of ``detector``, rows to poison and rows to judge by."""
    training, tested = (
        Labelled.of(detector, noisy_flows(count, seed=seed)) for count, seed in ((rows, 1), (test, 2))
    )
    return Victim(Recipe.of(detector, **options), training, tested, attacker, detector)
