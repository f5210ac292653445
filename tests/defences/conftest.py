"""A draft of a detector of made-up flows, which a sender can change."""

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest
from small_attacks import changeable_detector, changeable_flows

from garrison.defences import Draft
from garrison.detection import Detector

Drafted = Callable[..., Draft]
QUICK: dict[str, dict[str, Any]] = {
    "xgboost": {"trees": 20, "max_depth": 4, "learning_rate": 0.3},
    "lightgbm": {"trees": 20, "leaves": 15, "learning_rate": 0.3},
    "hist_gradient_boosting": {"trees": 20, "max_leaf_nodes": 15, "learning_rate": 0.3},
    "random_forest": {"trees": 10},
    "mlp": {"networks": 1, "layers": [8], "epochs": 20, "one_hot_levels": 2},
    "logistic_regression": {},
}


@pytest.fixture(scope="session")
def before() -> Callable[[str], Detector]:
    """An undefended detector of a family."""
    return lambda family: changeable_detector(family, **QUICK[family])


@pytest.fixture(scope="session")
def drafted(before: Callable[[str], Detector]) -> Drafted:
    """The draft of that detector, from 800 flows."""

    def make(family: str = "xgboost", *, events: pa.Table | None = None, seed: int = 0) -> Draft:
        table = changeable_flows(800, seed=11) if events is None else events
        return Draft.of(before(family), table, seed=seed)

    return make
