"""What an address of the service is: a path, who may ask, what answers, and how the OpenAPI page tells it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from garrison.serving.http.problems import Refused

Handler = Callable[[Request], Awaitable[Response]]

MODEL = {
    "name": "model",
    "in": "query",
    "required": False,
    "description": "the model's name; the first one served if not given",
    "schema": {"type": "string"},
}
"""The parameter that names a model."""


@dataclass(frozen=True, kw_only=True)
class Address:
    """One method of one path.

    ``scope`` is what a key must be allowed to do, ``""`` that any key will do, None that none is needed.

    ``answer`` maps media types to JSON schemas, ``body`` likewise, and ``problems`` names what may go wrong beside what
    always may.
    """

    method: str
    path: str
    scope: str | None
    handler: Handler
    summary: str
    description: str = ""
    parameters: Sequence[Mapping[str, Any]] = ()
    body: Mapping[str, Any] = field(default_factory=dict)
    answer: Mapping[str, Any] = field(default_factory=dict)
    problems: Sequence[str] = ()


def parameter(request: Request, *names: str) -> dict[str, str]:
    """The parameters of a request; ``Refused`` when there is one that is not among ``names``, or one twice."""
    if not request.scope["query_string"]:
        return {}
    found: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name not in names or name in found:
            raise Refused(
                "bad-request",
                f"{name[:100]!r} is there twice"
                if name in found
                else f"no parameter is called {name[:100]!r}",
                where="the address after ?",
                expected=" or ".join(names) or "no parameter",
            )
        found[name] = value
    return found
