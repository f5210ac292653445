"""``POST /v1/admin/reload``: take up new versions and changed keys now."""

import asyncio

import orjson
from starlette.requests import Request
from starlette.responses import Response

from garrison.serving.http.addresses import MODEL, Address, parameter
from garrison.serving.http.formats import JSON
from garrison.serving.http.service import Service


def addresses(service: Service) -> tuple[Address, ...]:
    """The addresses that change what is served."""

    async def reload(request: Request) -> Response:
        name = parameter(request, "model").get("model")
        replaced = await asyncio.to_thread(service.reload, name)
        facts = [
            {"name": each.name, "version": each.version, "digest": each.digest, "loaded": each.loaded}
            for each in replaced
        ]
        return Response(orjson.dumps({"models": facts}), media_type=JSON)

    return (
        Address(
            method="POST",
            path="/v1/admin/reload",
            scope="admin",
            handler=reload,
            summary="Load the current version of one model, or of all, and read the keys again",
            description="Requests that are being answered finish with the version they began with; none is dropped.",
            parameters=(MODEL,),
            answer={
                JSON: {
                    "type": "object",
                    "required": ["models"],
                    "properties": {"models": {"type": "array", "items": {"type": "object"}}},
                }
            },
            problems=("keys-off", "no-such-model", "not-loaded"),
        ),
    )
