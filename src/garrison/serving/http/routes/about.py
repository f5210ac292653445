"""``GET /v1/model`` and ``GET /v1/models``: what is served, and what it was when it was evaluated."""

from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from garrison.serving.http.addresses import MODEL, Address, parameter
from garrison.serving.http.formats import JSON
from garrison.serving.http.problems import facts_of
from garrison.serving.http.service import Service

_MODEL: dict[str, Any] = {
    "type": "object",
    "required": [
        "name",
        "version",
        "stage",
        "digest",
        "family",
        "threshold",
        "fields",
        "measures",
        "caveats",
    ],
    "properties": {
        "name": {"type": "string"},
        "version": {"type": ["integer", "null"]},
        "stage": {"type": ["string", "null"]},
        "digest": {"type": "string", "description": "the SHA-256 of its manifest"},
        "threshold": {"type": "object"},
        "fields": {"type": "array", "items": {"type": "object"}},
        "measures": {"type": "object"},
        "caveats": {"type": "array", "items": {"type": "string"}},
        "failure": {"type": "object", "description": "why a newer version is not the one that is served"},
    },
}


def addresses(service: Service) -> tuple[Address, ...]:
    """The addresses that say what is served."""

    def facts(name: str | None) -> dict[str, Any]:
        served = service.models.get(name)
        found = {**served.to_dict(), "default": served.name == service.models.default}
        failure = service.models.failure(served.name)
        return {**found, "failure": facts_of(failure)} if failure else found

    async def one(request: Request) -> Response:
        return Response(orjson.dumps(facts(parameter(request, "model").get("model"))), media_type=JSON)

    async def each(request: Request) -> Response:
        parameter(request)
        return Response(
            orjson.dumps({"models": [facts(name) for name in service.models.all]}), media_type=JSON
        )

    return (
        Address(
            method="GET",
            path="/v1/model",
            scope="",
            handler=one,
            summary="Which version is served, what does it take, and how good was it?",
            parameters=(MODEL,),
            answer={JSON: _MODEL},
            problems=("no-such-model",),
        ),
        Address(
            method="GET",
            path="/v1/models",
            scope="",
            handler=each,
            summary="Every model that is served",
            answer={
                JSON: {
                    "type": "object",
                    "required": ["models"],
                    "properties": {"models": {"type": "array", "items": _MODEL}},
                }
            },
        ),
    )
