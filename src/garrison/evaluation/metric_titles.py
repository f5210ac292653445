"""What a metric is called where a person reads it."""

from garrison.evaluation import metrics
from garrison.evaluation.formulas import RecallAtFpr
from garrison.evaluation.metrics import Metric

TITLES = {
    "auc": "AUC",
    "f1": "F1",
    "average_precision": "average precision",
    "brier": "Brier score",
    "log_loss": "log loss",
    "ece": "calibration error",
}
"""The metrics whose name is not what people say; every other one is read as it is written."""


def metric_title(name: str | Metric) -> str:
    """The name of a metric for people; raises ``SettingsError`` for one that is not known, as ``metric`` does.

    >>> metric_title("recall@fpr=0.001"), metric_title("auc"), metric_title("precision")
    ('recall at 0.1 % FPR', 'AUC', 'precision')
    """
    found = metrics.metric(name)
    if isinstance(found.formula, RecallAtFpr):
        return f"recall at {found.formula.fpr * 100:.6g} % FPR"
    return TITLES.get(found.name, found.name)
