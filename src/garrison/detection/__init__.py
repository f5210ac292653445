"""Learning to detect: families of models, search by grouped cross-validation, and the Detector with its saved form."""

from garrison.detection.compiled import FastDetector
from garrison.detection.crossval import CrossValidation, cross_validate
from garrison.detection.detector import Detector, Threshold
from garrison.detection.families import FAMILIES, Family, Model, Params, load_model
from garrison.detection.leaderboard import Leaderboard, LeaderboardRow
from garrison.detection.repeats import (
    RepeatedCrossValidation,
    repeated_cross_validation,
    repeated_cross_validations,
)
from garrison.detection.saved import load_detector, save_detector, verify_detector
from garrison.detection.search import search
from garrison.detection.spec import FamilySpec
from garrison.detection.tuning import Tried, Tuned, tune
from garrison.detection.weights import class_weights

__all__ = [
    "FAMILIES",
    "CrossValidation",
    "Detector",
    "Family",
    "FamilySpec",
    "FastDetector",
    "Leaderboard",
    "LeaderboardRow",
    "Model",
    "Params",
    "RepeatedCrossValidation",
    "Threshold",
    "Tried",
    "Tuned",
    "class_weights",
    "cross_validate",
    "load_detector",
    "load_model",
    "repeated_cross_validation",
    "repeated_cross_validations",
    "save_detector",
    "search",
    "tune",
    "verify_detector",
]
