"""Summaries whose size does not grow with the rows: of numbers, and of categories."""

from garrison.monitoring.sketches.frequencies import FrequencySketch
from garrison.monitoring.sketches.quantiles import QuantileSketch

__all__ = ["FrequencySketch", "QuantileSketch"]
