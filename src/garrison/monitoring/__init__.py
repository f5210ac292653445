"""Keeping watch over a live detector: has what comes in changed, how well does it do, and who has to know."""

from garrison.monitoring.calibration import Calibration
from garrison.monitoring.current import Current
from garrison.monitoring.drift import ColumnDrift, Drift, DriftRule, Effect, find_drift
from garrison.monitoring.kept_reference import find_reference, keep_reference
from garrison.monitoring.live import Monitor, Shift
from garrison.monitoring.performance import Performance, measure_performance, read_labels
from garrison.monitoring.reference import Reference, ReferenceMaker, Scores
from garrison.monitoring.scored import (
    COLLECTION,
    BackgroundLog,
    Logged,
    Losses,
    ScoredLog,
    ScoredRows,
    StoreLog,
    read_log,
)
from garrison.monitoring.since import parse_since
from garrison.monitoring.watched import Seen, Watch, Watched, watched_columns

__all__ = [
    "COLLECTION",
    "BackgroundLog",
    "Calibration",
    "ColumnDrift",
    "Current",
    "Drift",
    "DriftRule",
    "Effect",
    "Logged",
    "Losses",
    "Monitor",
    "Performance",
    "Reference",
    "ReferenceMaker",
    "ScoredLog",
    "ScoredRows",
    "Scores",
    "Seen",
    "Shift",
    "StoreLog",
    "Watch",
    "Watched",
    "find_drift",
    "find_reference",
    "keep_reference",
    "measure_performance",
    "parse_since",
    "read_labels",
    "read_log",
    "watched_columns",
]
