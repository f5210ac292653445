"""Whether a form came from another site's page, as the browser that sent it says.

The second line of defence: the first are a cookie that no other site's page has sent along, and the token of the form.
"""

from urllib.parse import urlsplit

from starlette.requests import Request


def is_from_elsewhere(request: Request) -> bool:
    """Whether ``Sec-Fetch-Site`` says so, or, where the browser does not know better, ``Origin`` names another host.

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
