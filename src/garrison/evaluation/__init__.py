"""Metrics, curves, intervals and drift: this room knows arrays, not models.

Labels ``y`` are bool ``(n,)``, True for the positive (malicious) class; scores ``p`` are float ``(n,)`` in
[0, 1].
"""

from garrison.evaluation.curves import (
    CalibrationCurve,
    PrecisionRecallCurve,
    RocCurve,
    calibration,
    precision_recall,
    roc,
)
from garrison.evaluation.drift import (
    ColumnDrift,
    DriftTable,
    category_drift,
    corrected_p,
    drift_table,
    numeric_drift,
)
from garrison.evaluation.importance import FeatureImportance, permutation_importance
from garrison.evaluation.intervals import Interval, bootstrap_interval, mean_interval, paired_gain
from garrison.evaluation.metrics import (
    METRICS,
    Confusion,
    Measures,
    Metric,
    confusion,
    measure,
    metric,
    recall_at_fpr,
)
from garrison.evaluation.operating_point import threshold_at_fpr, threshold_for

__all__ = [
    "METRICS",
    "CalibrationCurve",
    "ColumnDrift",
    "Confusion",
    "DriftTable",
    "FeatureImportance",
    "Interval",
    "Measures",
    "Metric",
    "PrecisionRecallCurve",
    "RocCurve",
    "bootstrap_interval",
    "calibration",
    "category_drift",
    "confusion",
    "corrected_p",
    "drift_table",
    "mean_interval",
    "measure",
    "metric",
    "numeric_drift",
    "paired_gain",
    "permutation_importance",
    "precision_recall",
    "recall_at_fpr",
    "roc",
    "threshold_at_fpr",
    "threshold_for",
]
