"""Pictures of what was measured, one a file: from the numbers to inline SVG."""

from garrison.assurance.pictures.accuracies import accuracies_picture
from garrison.assurance.pictures.array_rows import array_picture
from garrison.assurance.pictures.attack_recall import attack_recall_picture
from garrison.assurance.pictures.base_rate import base_rate_picture
from garrison.assurance.pictures.calibration import calibration_picture
from garrison.assurance.pictures.canvas import save_png
from garrison.assurance.pictures.confusion import confusion_picture
from garrison.assurance.pictures.contributions import contributions_picture
from garrison.assurance.pictures.curves import curve_picture
from garrison.assurance.pictures.drift import drift_picture
from garrison.assurance.pictures.estimates import estimates_picture
from garrison.assurance.pictures.frequencies import frequencies_picture
from garrison.assurance.pictures.heat_map import heat_map_picture
from garrison.assurance.pictures.importance import importance_picture
from garrison.assurance.pictures.leaderboard import leaderboard_picture
from garrison.assurance.pictures.log_roc import log_roc_picture
from garrison.assurance.pictures.over_time import over_time_picture
from garrison.assurance.pictures.parameter_importance import parameter_importance_picture
from garrison.assurance.pictures.precision_recall import precision_recall_picture
from garrison.assurance.pictures.reconstructions import reconstructions_picture
from garrison.assurance.pictures.roc import roc_picture
from garrison.assurance.pictures.score_histogram import score_histogram_picture
from garrison.assurance.pictures.shares import shares_picture
from garrison.assurance.pictures.stage_times import duration, stage_times_picture
from garrison.assurance.pictures.threshold import threshold_picture
from garrison.assurance.pictures.tuning_history import tuning_history_picture

__all__ = [
    "accuracies_picture",
    "array_picture",
    "attack_recall_picture",
    "base_rate_picture",
    "calibration_picture",
    "confusion_picture",
    "contributions_picture",
    "curve_picture",
    "drift_picture",
    "duration",
    "estimates_picture",
    "frequencies_picture",
    "heat_map_picture",
    "importance_picture",
    "leaderboard_picture",
    "log_roc_picture",
    "over_time_picture",
    "parameter_importance_picture",
    "precision_recall_picture",
    "reconstructions_picture",
    "roc_picture",
    "save_png",
    "score_histogram_picture",
    "shares_picture",
    "stage_times_picture",
    "threshold_picture",
    "tuning_history_picture",
]
