"""A report as data, and the page it becomes."""

from garrison.assurance.report.blocks import (
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
)
from garrison.assurance.report.render import render_report, report_html

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
    "render_report",
    "report_html",
]
