"""Where a stream comes from or goes to: a URL taken apart, its login apart from what may be shown."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

from garrison.errors import UsageError


@dataclass(frozen=True)
class Address:
    """A URL without its login; ``options`` is what stands behind the question mark."""

    scheme: str
    hosts: str
    path: str
    options: Mapping[str, str]
    username: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)

    @property
    def shown(self) -> str:
        """The address as it may be printed and kept: who it is, without login and options but the stream's name."""
        name = self.options.get("stream")
        return f"{self.scheme}://{self.hosts}/{self.path}" + (f"?stream={name}" if name else "")

    @classmethod
    def read(
        cls, url: str, *, variables: str, known: tuple[str, ...], environment: Mapping[str, str] = os.environ
    ) -> "Address":
        """Take ``url`` apart; a login that it lacks is that of ``{variables}_USERNAME`` and ``{variables}_PASSWORD``.

        ``UsageError`` for an option that is not ``known``, one given twice, and a URL without a host.

        >>> Address.read("redis://me:secret@cache:6379/0?stream=flows", variables="GARRISON_REDIS",
        ...     known=("stream",), environment={})
        Address(scheme='redis', hosts='cache:6379', path='0', options={'stream': 'flows'})
        """
        try:
            parts = urlsplit(url)
        except ValueError as error:
            raise UsageError("the address cannot be read", expected="scheme://host:port/…") from error
        login, at, hosts = parts.netloc.rpartition("@")
        shown = f"{parts.scheme}://{hosts}{parts.path}"
        pairs = parse_qsl(parts.query, keep_blank_values=True)
        options = dict(pairs)
        if not hosts:
            raise UsageError(
                "the address names no host", where=shown, expected=f"{parts.scheme}://host:port/…"
            )
        unknown = [name for name in options if name not in known]
        if unknown or len(options) < len(pairs):
            raise UsageError(
                f"the address has an option {unknown[0]!r}" if unknown else "an option is there twice",
                where=shown,
                expected="among its options only " + ", ".join(known),
            )
        user, colon, secret = login.partition(":")
        username = unquote(user) if at and user else environment.get(f"{variables}_USERNAME")
        password = unquote(secret) if at and colon else environment.get(f"{variables}_PASSWORD")
        return cls(parts.scheme, hosts, unquote(parts.path).strip("/"), options, username or None, password)
