"""A small phishing-like data set, a quick form of each family, and a saved detector."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from garrison.data.schema import Schema
from garrison.detection import FAMILIES, Detector, Threshold, save_detector
from garrison.features import TabularProcessor

QUICK: dict[str, dict[str, Any]] = {
    "logistic_regression": {},
    "knn": {"neighbours": 5},
    "random_forest": {"trees": 8},
    "extra_trees": {"trees": 8},
    "gradient_boosting": {"trees": 8, "max_depth": 3},
    "hist_gradient_boosting": {"trees": 8},
    "adaboost": {"trees": 8, "max_depth": 3},
    "xgboost": {"trees": 8},
    "lightgbm": {"trees": 8},
    "mlp": {"layers": [8], "epochs": 30, "batch": 32, "networks": 2},
    "encrypted_logistic": {},
    "encrypted_svm": {},
    "encrypted_mlp": {"layers": [8], "epochs": 40, "batch": 32},
    "encrypted_distilled": {
        "layers": [8],
        "epochs": 20,
        "batch": 32,
        "params": {"trees": 20, "learning_rate": 0.3},
    },
    "isolation_forest": {"trees": 8, "samples": 64},
    "soft_voting": {
        "mean": "log_odds",
        "members": [
            {"family": "knn", "weight": 1, "params": {"neighbours": 5}},
            {"family": "xgboost", "weight": 2.0, "params": {"trees": 8}},
            {"family": "extra_trees", "params": {"trees": 8}},
        ],
    },
    "screened": {"family": "xgboost", "params": {"trees": 8}, "trees": 8, "samples": 64},
}


@dataclass(frozen=True)
class Data:
    """Rows, labels and groups; four columns of -1, 0 and 1, two of many values."""

    X: NDArray[np.float64]
    y: NDArray[np.bool_]
    groups: NDArray[np.int64]


@pytest.fixture(scope="session")
def data() -> Data:
    rng = np.random.default_rng(7)
    X = np.hstack([rng.integers(-1, 2, (240, 4)), rng.normal(size=(240, 2))]).astype(np.float64)
    X[200:] = X[:40]
    y = X[:, 0] + X[:, 1] + X[:, 4] > 0.2
    groups = np.unique(X, axis=0, return_inverse=True)[1].ravel()
    return Data(X, y, groups)


@pytest.fixture(scope="session")
def quick() -> Callable[[str], dict[str, Any]]:
    """Parameters that make a family quick to fit."""
    return lambda family: QUICK[family]


@pytest.fixture(scope="session")
def schema() -> Schema:
    columns: list[dict[str, Any]] = [
        {"name": f"c{j}", "type": "integer", "allowed": [-1, 0, 1]} for j in range(4)
    ]
    columns += [{"name": "m", "type": "number"}, {"name": "label", "type": "integer", "role": "label"}]
    return Schema.from_dict(
        {"name": "sites", "columns": columns, "label": {"column": "label", "positive": 1, "negative": 0}}
    )


@pytest.fixture(scope="session")
def table(data: Data) -> pa.Table:
    columns = {f"c{j}": data.X[:, j].astype(np.int64) for j in range(4)}
    return pa.table({**columns, "m": data.X[:, 4], "label": data.y.astype(np.int64)})


@pytest.fixture(scope="session")
def detector(schema: Schema, table: pa.Table) -> Detector:
    processor = TabularProcessor().fit(table, schema)
    params = FAMILIES["logistic_regression"].complete({})
    model = FAMILIES["logistic_regression"].fit(
        processor.transform(table), schema.labels(table), params=params, seed=0
    )
    return Detector(
        name="sites",
        schema=schema,
        processor=processor,
        model=model,
        family="logistic_regression",
        params=params,
        threshold=Threshold(value=0.5, rule="f1"),
        training_fingerprint="ab" * 32,
        measures={"auc": 0.99},
        caveats=("40 rows are there twice",),
    )


@pytest.fixture
def saved(detector: Detector, tmp_path: Path) -> Path:
    """The folder of a detector that has just been saved."""
    save_detector(detector, tmp_path / "detector")
    return tmp_path / "detector"
