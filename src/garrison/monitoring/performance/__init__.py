"""How a live detector does: how fast, how often it fails, and how good it is, estimated and, once it is known, true."""

from garrison.monitoring.performance.estimate import Estimate, ExpectedCounts
from garrison.monitoring.performance.late_labels import LateLabels, read_labels
from garrison.monitoring.performance.measure import Performance, measure_performance
from garrison.monitoring.performance.parts import Part, PartFacts
from garrison.monitoring.performance.quality import METRICS, TrueCounts

__all__ = [
    "METRICS",
    "Estimate",
    "ExpectedCounts",
    "LateLabels",
    "Part",
    "PartFacts",
    "Performance",
    "TrueCounts",
    "measure_performance",
    "read_labels",
]
