"""The peer of ``benchmarks/threats_train.py``: the same training the usual way, in pandas, scikit-learn and XGBoost.

One-hot columns by ``get_dummies``, the clock by the ``dt`` accessor, ``XGBClassifier``, and the threshold by
``roc_curve``. Nothing is checked or saved.
"""

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import roc_curve
from xgboost import XGBClassifier

transforms = importlib.import_module("peers.threats_pandas_transform")


@dataclass(frozen=True)
class Events:
    """Events as numbers, shape (n, d), and the truth, shape (n,); the first ``learnt`` of them are learnt from."""

    X: pd.DataFrame
    y: NDArray[np.bool_]
    learnt: int


def read(path: Path) -> pd.DataFrame:
    """The processed events of a file."""
    return pd.read_parquet(path)


def numbers(frame: pd.DataFrame, *, share: float, names: Sequence[str] | None = None) -> Events:
    """The events as numbers; ``names`` says which columns and in which order, else those that the first share has."""
    learnt = int(len(frame) * share)
    past = [name for name in frame.columns if name.startswith("past_")]
    X = pd.concat([transforms.own_columns(frame), frame[past].astype("float64")], axis=1)
    seen = (X.iloc[:learnt] != 0).any() | ~X.columns.str.contains("=")
    X = X[list(names or X.columns[seen])]
    return Events(X, frame["is_malicious"].to_numpy(dtype=bool), learnt)


def fit(events: Events, params: Mapping[str, Any], *, seed: int, threads: int | None) -> XGBClassifier:
    """Trees with ``params``, as XGBoost calls them, in ``threads`` threads (None: one a core)."""
    model = XGBClassifier(**params, tree_method="hist", random_state=seed, n_jobs=threads)
    return model.fit(events.X.iloc[: events.learnt], events.y[: events.learnt])


def place(model: XGBClassifier, events: Events, *, most: float) -> tuple[NDArray[np.float64], float]:
    """The scores of the other events, and the threshold that finds most attacks for this share of false alarms."""
    scores = model.predict_proba(events.X.iloc[events.learnt :])[:, 1]
    false_alarms, found, thresholds = roc_curve(events.y[events.learnt :], scores, drop_intermediate=False)
    return scores, float(thresholds[np.argmax(np.where(false_alarms <= most, found, -1.0))])
