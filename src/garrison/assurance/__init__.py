"""What was found, shown: the report page and its pictures.

A report is built from plain blocks and written as one HTML file that works offline; equal blocks give equal
bytes.
"""

from garrison.assurance.pictures import (
    calibration_picture,
    confusion_picture,
    drift_picture,
    importance_picture,
    leaderboard_picture,
    parameter_importance_picture,
    precision_recall_picture,
    roc_picture,
    save_png,
    score_histogram_picture,
    stage_times_picture,
    tuning_history_picture,
)
from garrison.assurance.report import (
    Badge,
    Block,
    CaveatList,
    CodeBlock,
    Column,
    KeyFigure,
    KeyFigures,
    Picture,
    Report,
    Section,
    Table,
    Text,
    render_report,
    report_html,
)

__all__ = [
    "Badge",
    "Block",
    "CaveatList",
    "CodeBlock",
    "Column",
    "KeyFigure",
    "KeyFigures",
    "Picture",
    "Report",
    "Section",
    "Table",
    "Text",
    "calibration_picture",
    "confusion_picture",
    "drift_picture",
    "importance_picture",
    "leaderboard_picture",
    "parameter_importance_picture",
    "precision_recall_picture",
    "render_report",
    "report_html",
    "roc_picture",
    "save_png",
    "score_histogram_picture",
    "stage_times_picture",
    "tuning_history_picture",
]
