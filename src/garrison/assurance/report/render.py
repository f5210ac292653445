"""From a report to one HTML file that works offline."""

import math
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from garrison.assurance.report.blocks import Badge, Block, Cell, Column, Picture, Report, Section, Table
from garrison.files import atomic_file

if TYPE_CHECKING:
    from jinja2 import Template


LONG = 40
"""A cell of more characters than this may break into lines."""


def render_report(report: Report, path: Path) -> Path:
    """Write the report as one HTML file, whole or not at all; equal reports give equal bytes.

    Raises ``OutputError`` when the file cannot be written.
    """
    html = report_html(report)
    with atomic_file(path) as temporary:
        temporary.write_text(html, encoding="utf-8", newline="\n")
    return path


def report_html(report: Report) -> str:
    """The report as an HTML page without scripts and without anything loaded from elsewhere.

    All text is escaped. Only the SVG of a picture is taken as it is, and a content security policy in the
    page keeps even that from running or loading anything.

    >>> from garrison.assurance.report.blocks import Text
    >>> page = report_html(Report("A <report>", "", (), (Section("One", (Text("Hello"),)),)))
    >>> "A &lt;report&gt;" in page, "<script" in page
    (True, False)
    """
    anchors = _anchors(report.sections)
    sections = [
        {"id": anchor, "title": section.title, "parts": _parts(section.blocks)}
        for anchor, section in zip(anchors, report.sections, strict=True)
    ]
    return _template().render(report=report, sections=sections)


@cache
def _template() -> "Template":
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    loader = PackageLoader("garrison.assurance.report", "page")
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    source = loader.get_source(environment, "style.css")[0]
    environment.globals["style"] = Markup(source)  # noqa: S704
    environment.filters["svg"] = lambda picture: Markup(picture.svg)  # noqa: S704
    environment.filters["paragraphs"] = _paragraphs
    environment.filters["cells"] = _cells
    environment.filters["heads"] = _heads
    return environment.get_template("page.html")


def _anchors(sections: tuple[Section, ...]) -> list[str]:
    """One address a section, from its title; equal titles get a number."""
    found: list[str] = []
    for section in sections:
        base = re.sub(r"[^a-z0-9]+", "-", section.title.lower()).strip("-") or "section"
        anchor, number = f"s-{base}", 2
        while anchor in found:
            anchor, number = f"s-{base}-{number}", number + 1
        found.append(anchor)
    return found


def _parts(blocks: tuple[Block, ...]) -> list[dict[str, Any]]:
    """The blocks in order, with neighbouring pictures put together so that they can stand side by side."""
    parts: list[dict[str, Any]] = []
    for block in blocks:
        if isinstance(block, Picture):
            if parts and parts[-1]["kind"] == "pictures":
                parts[-1]["pictures"].append(block)
            else:
                parts.append({"kind": "pictures", "pictures": [block]})
        else:
            parts.append({"kind": block.kind, "block": block})
    return parts


def _paragraphs(text: str) -> list[str]:
    return [part.strip() for part in re.split(r"\n\s*\n", text) if part.strip()]


def _is_number(cell: Cell) -> bool:
    return isinstance(cell, (int, float)) and not isinstance(cell, bool)


def _columns(table: Table) -> list[tuple[Column, bool]]:
    """Each column, and whether all its cells are numbers, which stand to the right."""
    columns = [each if isinstance(each, Column) else Column(each) for each in table.columns]
    cells = zip(*table.rows, strict=True) if table.rows else [()] * len(columns)
    return [
        (column, bool(held) and all(_is_number(cell) or cell is None for cell in held))
        for column, held in zip(columns, cells, strict=True)
    ]


def _heads(table: Table) -> list[dict[str, Any]]:
    return [{"title": column.title, "number": number} for column, number in _columns(table)]


def _cells(table: Table) -> list[dict[str, Any]]:
    columns = _columns(table)
    return [
        {
            "strong": place in table.strong,
            "cells": [
                {
                    "text": _cell_text(cell, column.digits),
                    "badge": _badge(cell),
                    "looks": _looks(cell, number),
                }
                for cell, (column, number) in zip(row, columns, strict=True)
            ],
        }
        for place, row in enumerate(table.rows)
    ]


def _looks(cell: Cell, number: bool) -> str:
    if number:
        return "number"
    return "long" if isinstance(cell, str) and len(cell) > LONG else ""


def _badge(cell: Cell) -> Badge | None:
    return cell if isinstance(cell, Badge) else None


def _cell_text(cell: Cell, digits: int | None) -> str:
    """A cell as a person reads it: thousands apart, four figures unless told otherwise, a dash for none."""
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return "–"
    if isinstance(cell, Badge):
        return cell.text
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, str):
        return cell
    return number_text(cell, digits).replace("-", "−")


def number_text(value: float, digits: int | None = None) -> str:
    """A number as a person reads it.

    >>> number_text(11055), number_text(0.99351), number_text(0.00004), number_text(0.00004, 3)
    ('11,055', '0.9935', '4.0e-05', '<0.001')
    """
    if isinstance(value, int):
        return f"{value:,}"
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    if digits is not None:
        least = 10.0**-digits
        return f"<{least:.{digits}f}" if 0 < value < least / 2 else f"{value:,.{digits}f}"
    if value == 0 or 0.001 <= abs(value) < 1000:
        return f"{value:.4g}"
    return f"{value:,.0f}" if 1000 <= abs(value) < 1e12 else f"{value:.1e}"
