"""Keeping watch over a live detector: has what comes in changed, how well does it do, and who has to know."""

from garrison.monitoring.calibration import Calibration
from garrison.monitoring.current import Current
from garrison.monitoring.drift import ColumnDrift, Drift, DriftRule, Effect, find_drift
from garrison.monitoring.reference import Reference, ReferenceMaker, Scores
from garrison.monitoring.watched import Seen, Watch, Watched, watched_columns

__all__ = [
    "Calibration",
    "ColumnDrift",
    "Current",
    "Drift",
    "DriftRule",
    "Effect",
    "Reference",
    "ReferenceMaker",
    "Scores",
    "Seen",
    "Watch",
    "Watched",
    "find_drift",
    "watched_columns",
]
