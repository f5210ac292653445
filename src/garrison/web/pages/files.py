"""What pages are shown with: the style sheet, the script and the icon, the same for all."""

from importlib.resources import files
from typing import TYPE_CHECKING

from starlette.responses import Response

from garrison.assurance.report.looks import house_style
from garrison.web.page import Page, Visit

if TYPE_CHECKING:
    from garrison.web.site import WebSite

_KINDS = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}


def pages(_site: "WebSite") -> tuple[Page, ...]:
    """The addresses of the files."""
    own = files("garrison.web").joinpath("static")
    style = house_style() + own.joinpath("web.css").read_text(encoding="utf-8")
    return (
        _file("/static/web.css", style),
        _file("/static/web.js", own.joinpath("web.js").read_text(encoding="utf-8")),
        _file("/static/icon.svg", own.joinpath("icon.svg").read_text(encoding="utf-8")),
    )


def _file(path: str, content: str) -> Page:
    kind, body = _KINDS[path[path.rindex(".") :]], content.encode()

    async def answer(_visit: Visit) -> Response:
        return Response(body, headers={"cache-control": "no-cache"}, media_type=kind)

    return Page(path=path, scope=None, handler=answer, bare=True)
