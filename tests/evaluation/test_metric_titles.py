"""What people call a metric."""

import pytest

from garrison.errors import SettingsError
from garrison.evaluation import METRICS, metric, metric_title


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("recall@fpr=0.01", "recall at 1 % FPR"),
        ("recall@fpr=0.001", "recall at 0.1 % FPR"),
        ("recall@fpr=1e-4", "recall at 0.01 % FPR"),
        ("recall@fpr=0", "recall at 0 % FPR"),
        ("RECALL@FPR=0.025", "recall at 2.5 % FPR"),
        ("f1", "F1"),
        ("accuracy", "accuracy"),
    ],
)
def test_titles(name: str, title: str) -> None:
    assert metric_title(name) == metric_title(metric(name)) == title


def test_every_metric_has_a_title_without_underscores() -> None:
    assert not any("_" in metric_title(name) or "@" in metric_title(name) for name in METRICS)


def test_an_unknown_metric_is_refused() -> None:
    with pytest.raises(SettingsError, match="no metric"):
        metric_title("recal")
