"""The plain ways to score events: XGBoost's own classifier, and a scikit-learn pipeline on a pandas frame."""

from itertools import groupby
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder
from xgboost import XGBClassifier


def classifier(booster: Any) -> XGBClassifier:
    """XGBoost's classifier around the same trees, with one thread."""
    found = XGBClassifier(n_jobs=1)
    found.load_model(bytearray(booster.save_raw("json")))
    found.n_jobs = 1
    return found


def pipeline(detector: Any, table: pa.Table) -> Pipeline:
    """The same trees behind scikit-learn's own encoding of the raw columns, which gives the same numbers in order."""
    fitted = detector.processor.fitted.tabular.fitted.columns
    steps: list[tuple[str, Any, list[str]]] = []
    for text, run in groupby(fitted, key=lambda column: column.type == "string"):
        beside = list(run)
        names = [column.name for column in beside]
        categories = [list(column.categories) for column in beside]
        encode = OneHotEncoder(categories=categories, handle_unknown="ignore", sparse_output=False)
        steps.append((names[0], encode if text else "passthrough", names))
    encoder = ColumnTransformer(steps)
    encoder.fit(table.select(columns(detector)).to_pandas())
    return Pipeline([("encode", encoder), ("trees", classifier(detector.model.booster))])


def columns(detector: Any) -> list[str]:
    """The raw columns that are scored."""
    return [column.name for column in detector.processor.fitted.tabular.fitted.columns]


def frame(event: dict[str, Any], detector: Any) -> pd.DataFrame:
    """One event as a frame of one row, which a service would have to make first."""
    names = columns(detector)
    return pd.DataFrame([[event[name] for name in names]], columns=names).astype(
        {name: np.float64 for name in names if not isinstance(event[name], str)}
    )
