"""Metrics, curves, intervals and drift: this room knows arrays, not models.

Labels ``y`` are bool ``(n,)``, True for the positive (malicious) class; scores ``p`` are float ``(n,)`` in
[0, 1].
"""

from garrison.evaluation.base_rates import BaseRateCurve, BaseRateLine, base_rate
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
from garrison.evaluation.identification import identified, paired_images, squared_distances
from garrison.evaluation.image_quality import MOST_DECIBELS, psnr, ssim
from garrison.evaluation.importance import FeatureImportance, permutation_importance
from garrison.evaluation.intervals import Interval, bootstrap_interval, mean_interval, paired_gain
from garrison.evaluation.metric_titles import metric_title
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
from garrison.evaluation.players import Player, players_of
from garrison.evaluation.shapley import Contributions, contributions
from garrison.evaluation.shares import share_gain, share_interval, wilson
from garrison.evaluation.slices import AttackRow, ValueRow, by_attack, by_value

__all__ = [
    "METRICS",
    "MOST_DECIBELS",
    "AttackRow",
    "BaseRateCurve",
    "BaseRateLine",
    "CalibrationCurve",
    "ColumnDrift",
    "Confusion",
    "Contributions",
    "DriftTable",
    "FeatureImportance",
    "Interval",
    "Measures",
    "Metric",
    "Player",
    "PrecisionRecallCurve",
    "RocCurve",
    "ValueRow",
    "base_rate",
    "bootstrap_interval",
    "by_attack",
    "by_value",
    "calibration",
    "category_drift",
    "confusion",
    "contributions",
    "corrected_p",
    "drift_table",
    "identified",
    "mean_interval",
    "measure",
    "metric",
    "metric_title",
    "numeric_drift",
    "paired_gain",
    "paired_images",
    "permutation_importance",
    "players_of",
    "precision_recall",
    "psnr",
    "recall_at_fpr",
    "roc",
    "share_gain",
    "share_interval",
    "squared_distances",
    "ssim",
    "threshold_at_fpr",
    "threshold_for",
    "wilson",
]
