"""All that differs between two versions of a model: those chosen, else that in production and the newest."""

from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from garrison.registry import LocalRegistry, compare, describe, resolve_model
from garrison.serving.http.work import Deadline
from garrison.web.page import Page, Visit
from garrison.web.pages.model import checked_version, known_shelf, version_number

if TYPE_CHECKING:
    from garrison.web.site import WebSite


def pages(site: "WebSite") -> tuple[Page, ...]:
    """The page of a difference."""
    registry = LocalRegistry(site.service.models.root)

    async def difference(visit: Visit) -> Response:
        def make(_deadline: Deadline) -> dict[str, Any]:
            shelf = known_shelf(registry, visit.request.path_params["name"])
            numbers = tuple(
                checked_version(shelf, version_number(text)) if (text := visit.asked(which)) else usual
                for which, usual in zip(("first", "second"), shelf.usual_pair, strict=True)
            )
            one, other = (
                describe(resolve_model(f"{shelf.name}@{number}", root=registry.root)) for number in numbers
            )
            return {
                "title": f"{shelf.name}: {numbers[0]} and {numbers[1]}",
                "here": "models",
                "shelf": shelf,
                "numbers": numbers,
                "rows": [row for row in compare(one, other) if row.differs],
            }

        return await site.show(visit, "difference.html", make)

    return (Page(path="/models/{name}/difference", scope="", handler=difference),)
