"""Where a MongoDB server is and how to log in; what may be shown of it and what may not."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, unquote_plus

from garrison.errors import UsageError

USERNAME = "GARRISON_MONGODB_USERNAME"
PASSWORD = "GARRISON_MONGODB_PASSWORD"  # noqa: S105
DEFAULT_DATABASE = "garrison"
_WITHOUT_PASSWORD = {"MONGODB-X509", "GSSAPI", "MONGODB-AWS", "MONGODB-OIDC"}


@dataclass(frozen=True)
class Address:
    """A MongoDB URL with its secrets taken out of it."""

    #: The URL without user name and password; it may be shown once its options are cut off.
    bare_url: str
    database: str
    options: Mapping[str, str]
    username: str | None = field(repr=False)
    password: str | None = field(repr=False)

    @classmethod
    def read(cls, url: str, *, environment: Mapping[str, str] = os.environ) -> Self:
        """Split the URL; take what login it lacks from the environment. Raises UsageError, which shows no secret.

        >>> address = Address.read("mongodb://me:secret@db.example:27017/flows?tls=true", environment={})
        >>> address
        Address(bare_url='mongodb://db.example:27017/flows?tls=true', database='flows', options={'tls': 'true'})
        >>> address.shown
        'mongodb://db.example:27017/flows'
        """
        scheme, _, rest = url.partition("://")
        before, mark, query = rest.partition("?")
        login, at, place = before.rpartition("@")
        hosts, _, path = place.partition("/")
        options = {name.lower(): value for name, value in parse_qsl(query)}
        username, colon, password = login.partition(":")
        user = unquote_plus(username) if at and username else environment.get(USERNAME)
        secret = unquote_plus(password) if at and colon else environment.get(PASSWORD)
        mechanism = options.get("authmechanism", "").upper()
        if user and secret is None and mechanism not in _WITHOUT_PASSWORD:
            raise UsageError(
                "the MongoDB user has no password",
                where=f"{scheme}://{hosts}",
                expected=f"a password in the URL or in {PASSWORD}",
            )
        if secret is not None and not user:
            raise UsageError(
                "there is a MongoDB password and no user name",
                where=f"{scheme}://{hosts}",
                expected=f"a user name in the URL or in {USERNAME}",
            )
        bare = f"{scheme}://{hosts}/{path}{mark}{query}"
        return cls(bare, unquote(path) or DEFAULT_DATABASE, options, user or None, secret)

    @property
    def shown(self) -> str:
        """The address as it may be printed."""
        return self.bare_url.partition("?")[0].rstrip("/")

    def client_options(self, timeout_s: float) -> dict[str, Any]:
        """Give the driver's options: the login, and ``timeout_s`` for all that waits, unless the URL says other."""
        milliseconds = max(1, round(timeout_s * 1000))
        given: dict[str, Any] = {
            "serverSelectionTimeoutMS": milliseconds,
            "connectTimeoutMS": milliseconds,
            "socketTimeoutMS": milliseconds,
            "waitQueueTimeoutMS": milliseconds,
            # The store repeats what failed itself, knowing which rows it had sent.
            "retryReads": False,
            "retryWrites": False,
            "appname": "garrison",
        }
        kept = {name: value for name, value in given.items() if name.lower() not in self.options}
        if self.username:
            kept["username"] = self.username
        if self.password is not None:
            kept["password"] = self.password
        return kept

    def scrubbed(self, text: str) -> str:
        """Give ``text`` without the user name and the password, should a driver's message hold them."""
        if self.password:
            text = text.replace(self.password, "***")
        if self.username:
            text = re.sub(rf"(?<!\w){re.escape(self.username)}(?!\w)", "***", text)
        return text
