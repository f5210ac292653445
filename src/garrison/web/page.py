"""What a page is: a path, who may see it, and what answers; and a visit, which is one request of it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from garrison.serving.http import Key

if TYPE_CHECKING:
    from garrison.web.forms import Upload

FORM_BYTES = 1 << 14
"""Bytes of a form that holds no event and no file."""


@dataclass(frozen=True)
class Visit:
    """One request of a page: who asks (None where keys are off, or nobody is logged in), and what a form brought.

    ``token`` is what forms of this visitor have to bring back.
    """

    request: Request
    key: Key | None
    keys_on: bool
    token: str
    session: str
    fields: Mapping[str, str] = field(default_factory=dict)
    upload: "Upload | None" = None

    def may(self, scope: str) -> bool:
        """Whether the visitor may do this; without keys everybody may do everything but what needs ``admin``."""
        if not self.keys_on:
            return scope != "admin"
        return self.key is not None and self.key.may(scope)

    def asked(self, name: str) -> str:
        """A parameter of the address, or "" where it is not there; at most 200 characters."""
        return self.request.query_params.get(name, "")[:200]

    def given(self, name: str) -> str:
        """A field of the form, or "" where it is not there."""
        return self.fields.get(name, "")


@dataclass(frozen=True, kw_only=True)
class Page:
    """One method of one path; ``scope`` as an ``Address`` has it. ``most`` is how many bytes a form may have.

    A page that is ``bare`` has no visitor: it is the same for all.
    """

    path: str
    scope: str | None
    handler: Callable[[Visit], Awaitable[Response]]
    method: str = "GET"
    most: int = FORM_BYTES
    bare: bool = False
