"""From a report to one HTML file that works offline."""

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from garrison.assurance.report.blocks import Report, Section
from garrison.assurance.report.looks import block_parts, house_environment, house_style
from garrison.files import atomic_file

if TYPE_CHECKING:
    from jinja2 import Template


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
        {"id": anchor, "title": section.title, "parts": block_parts(section.blocks)}
        for anchor, section in zip(anchors, report.sections, strict=True)
    ]
    return _template().render(report=report, sections=sections)


@cache
def _template() -> "Template":
    from markupsafe import Markup

    environment = house_environment()
    environment.globals["style"] = Markup(house_style())  # noqa: S704
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
