"""``/health/live``, ``/health/ready`` and ``/metrics``: for what keeps the service running and watches it."""

import orjson
from starlette.requests import Request
from starlette.responses import Response

from garrison.serving.http.addresses import Address, parameter
from garrison.serving.http.formats import JSON
from garrison.serving.http.metrics import CONTENT_TYPE
from garrison.serving.http.problems import Refused
from garrison.serving.http.service import Service

_STATUS = {
    "type": "object",
    "required": ["status"],
    "properties": {"status": {"type": "string"}, "models": {"type": "object"}},
}


def addresses(service: Service) -> tuple[Address, ...]:
    """The addresses that say how the service is."""

    async def live(request: Request) -> Response:
        parameter(request)
        return Response(b'{"status":"alive"}', media_type=JSON)

    async def ready(request: Request) -> Response:
        parameter(request)
        if service.stopping:
            raise Refused("stopping", "the service was told to stop", remedy="ask another one")
        models = {name: served.version for name, served in service.models.all.items()}
        return Response(orjson.dumps({"status": "ready", "models": models}), media_type=JSON)

    async def metrics(request: Request) -> Response:
        parameter(request)
        return Response(service.metrics.text(), media_type=CONTENT_TYPE)

    return (
        Address(
            method="GET",
            path="/health/live",
            scope=None,
            handler=live,
            summary="Is the process alive?",
            answer={JSON: _STATUS},
        ),
        Address(
            method="GET",
            path="/health/ready",
            scope=None,
            handler=ready,
            summary="May requests be sent here?",
            answer={JSON: _STATUS},
            problems=("stopping",),
        ),
        Address(
            method="GET",
            path="/metrics",
            scope="metrics",
            handler=metrics,
            summary="What is counted, for Prometheus",
            answer={"text/plain": {"type": "string"}},
        ),
    )
