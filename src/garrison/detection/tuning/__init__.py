"""Tuning one family: Optuna draws parameters, folds are fitted one after the other, hopeless trials end early.

The study is kept in a file, so that it goes on where it was stopped.
"""

from garrison.detection.tuning.space import Space, read_space
from garrison.detection.tuning.tune import tune
from garrison.detection.tuning.tuned import Tried, Tuned

__all__ = ["Space", "Tried", "Tuned", "read_space", "tune"]
