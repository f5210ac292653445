"""One scorecard for one model: quality, hygiene, robustness, leakage and speed, and how each was measured."""

from garrison.assurance.figure_names import (
    KINDS,
    PART_NAMES,
    FigureKind,
    FigureName,
    figure_name,
    known_names,
)
from garrison.assurance.scorecard.card import Scorecard
from garrison.assurance.scorecard.page import gates_table, scorecard_report
from garrison.assurance.scorecard.parts import Curve, Doubt, Figure, Grid, Part

__all__ = [
    "KINDS",
    "PART_NAMES",
    "Curve",
    "Doubt",
    "Figure",
    "FigureKind",
    "FigureName",
    "Grid",
    "Part",
    "Scorecard",
    "figure_name",
    "gates_table",
    "known_names",
    "scorecard_report",
]
