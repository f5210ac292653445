"""Every page, one subject a file; a new one is a ``Page`` in one of these files."""

from typing import TYPE_CHECKING

from garrison.web.page import Page
from garrison.web.pages import difference, drift, files, live, login, model, models, report, trying

if TYPE_CHECKING:
    from garrison.web.site import WebSite

__all__ = ["every_page"]


def every_page(site: "WebSite") -> tuple[Page, ...]:
    """Every page, in the order in which their paths are tried."""
    parts = (models, model, difference, report, live, drift, trying, login, files)
    return tuple(page for part in parts for page in part.pages(site))
