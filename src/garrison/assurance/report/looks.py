"""The looks of the house: templates that know blocks, and the style sheet, for reports and for a service's pages."""

import math
import re
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from garrison.assurance.report.blocks import Badge, Block, Cell, Column, Picture, Table

if TYPE_CHECKING:
    from jinja2 import BaseLoader, Environment

LONG = 30
"""A cell of more characters than this may break into lines."""


def house_style() -> str:
    """The style sheet, with the colours of both a light and a dark page."""
    return files(__package__).joinpath("page", "style.css").read_text(encoding="utf-8")


def house_environment(*loaders: "BaseLoader") -> "Environment":
    """Templates in which all text is escaped, found by ``loaders`` and then among those of the report.

    ``blocks.html`` has the macro ``blocks``, which shows what ``block_parts`` gave. Only the SVG of a picture is taken
    as it is.
    """
    from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    own = PackageLoader("garrison.assurance.report", "page")
    environment = Environment(
        loader=ChoiceLoader([*loaders, own]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["svg"] = lambda picture: Markup(picture.svg)  # noqa: S704
    environment.filters["paragraphs"] = _paragraphs
    environment.filters["cells"] = _cells
    environment.filters["heads"] = _heads
    return environment


def block_parts(blocks: tuple[Block, ...]) -> list[dict[str, Any]]:
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
