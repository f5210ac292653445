"""What belongs to another site: forms that its pages send, and paths that lead there."""

import re
from urllib.parse import urlsplit

from starlette.requests import Request

_HERE = re.compile(r"/(?![/\\])[\w/.~?=&%@:+-]{0,500}", re.ASCII)


def is_here(path: str) -> str:
    """A path of this service as it is; "/" for anything else.

    >>> is_here("/drift?since=24h"), is_here("//elsewhere.example"), is_here("https://elsewhere.example")
    ('/drift?since=24h', '/', '/')
    """
    return path if _HERE.fullmatch(path) else "/"


def is_from_elsewhere(request: Request) -> bool:
    """Whether a form came from another site's page, as the browser that sent it says.

    ``Sec-Fetch-Site`` says so, or, where the browser does not know better, ``Origin`` names another host. This is the
    second line of defence: the first are a cookie that no other site's page has sent along, and the form's token.

    The origin ``null`` names none: it is what browsers say of pages that, like ours, send no referrer. A browser that
    says ``same-origin`` is believed, since a proxy may have changed the name of the host.
    """
    site = request.headers.get("sec-fetch-site", "").strip().lower()
    if site in ("cross-site", "same-origin"):
        return site == "cross-site"
    origin = request.headers.get("origin", "").strip().lower()
    if origin in ("", "null"):
        return False
    hosts = (request.headers.get(name, "").strip().lower() for name in ("host", "x-forwarded-host"))
    try:
        return urlsplit(origin).netloc not in {host for host in hosts if host}
    except ValueError:
        return True
