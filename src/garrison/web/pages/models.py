"""The first page: what is served, and every model of the registry with its versions."""

from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from garrison.registry import LocalRegistry
from garrison.serving.http.work import Deadline
from garrison.web.errors import told
from garrison.web.page import Page, Visit
from garrison.web.version_cards import shelves

if TYPE_CHECKING:
    from garrison.web.site import WebSite


def pages(site: "WebSite") -> tuple[Page, ...]:
    """The first page."""
    models = site.service.models

    async def first(visit: Visit) -> Response:
        def make(_deadline: Deadline) -> dict[str, Any]:
            served = []
            for each in models.all.values():
                failure = models.failure(each.name)
                served.append({"model": each, "failure": told(failure) if failure else None})
            return {
                "title": "Models",
                "here": "models",
                "served": served,
                "shelves": shelves(LocalRegistry(models.root)),
                "root": models.root,
            }

        return await site.show(visit, "models.html", make)

    return (Page(path="/", scope="", handler=first),)
