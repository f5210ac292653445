"""Somebody who looks at pages without a browser: cookies are kept, forms are sent with their token."""

import html
import re
from typing import Any

import httpx

HTML = {"accept": "text/html,application/xhtml+xml"}


class Visitor:
    """A visitor with cookies of their own; ``page`` is the last one they saw."""

    def __init__(self, client: httpx.Client) -> None:
        none_kept = httpx.Limits(max_keepalive_connections=0)
        self._client = httpx.Client(base_url=client.base_url, timeout=60, headers=HTML, limits=none_kept)
        self.page = ""

    def see(self, path: str, **more: Any) -> httpx.Response:
        """Go to an address, as a click does."""
        answer = self._client.get(path, follow_redirects=True, **more)
        self.page = answer.text
        return answer

    def send(self, path: str, *, seen: str = "", **more: Any) -> httpx.Response:
        """Send a form that stands on the page ``seen`` (default: at the same address)."""
        self.see(seen or path)
        data = {"token": self.token, **more.pop("data", {})}
        answer = self._client.post(path, data=data, follow_redirects=True, **more)
        self.page = answer.text
        return answer

    def log_in(self, key: str, **more: Any) -> httpx.Response:
        """Log in with a key."""
        return self.send("/login", data={"key": key, **more})

    @property
    def token(self) -> str:
        """The token of a form on the page; "" without any."""
        found = re.search(r'name="token" value="([0-9a-f]{64})"', self.page)
        return found[1] if found else ""

    @property
    def cookies(self) -> httpx.Cookies:
        """What the visitor's browser keeps."""
        return self._client.cookies

    @property
    def text(self) -> str:
        """What the page says, without its markup."""
        return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", self.page)))
