"""``POST /v1/score``: one event, one verdict; the address that must be quick."""

import time
from collections.abc import Mapping
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from garrison.errors import GarrisonError
from garrison.serving.http.addresses import MODEL, Address, parameter
from garrison.serving.http.bodies import read_body
from garrison.serving.http.checking import check, refused
from garrison.serving.http.formats import JSON, read_event, unread
from garrison.serving.http.models import Served
from garrison.serving.http.service import Service

VERDICT: dict[str, Any] = {
    "type": "object",
    "required": ["model", "version", "score", "malicious", "threshold", "request"],
    "properties": {
        "model": {"type": "string"},
        "version": {"type": ["integer", "null"], "description": "its number in the registry, if it has one"},
        "score": {"type": "number", "minimum": 0, "maximum": 1, "description": "the probability of malice"},
        "malicious": {"type": "boolean", "description": "whether the score is at or above the threshold"},
        "threshold": {"type": "number"},
        "request": {"type": "string", "description": "the request's id, also in X-Request-Id"},
    },
    "additionalProperties": False,
}
EVENT = {"$ref": "#/components/schemas/Event"}


def addresses(service: Service) -> tuple[Address, ...]:
    """The address that scores one event."""
    settings, models, accounts = service.settings, service.models, service.accounts

    async def answer(request: Request) -> Response:
        served = models.get(parameter(request, "model").get("model"))
        event = await read_one(request, most=settings.most_event_bytes, seconds=settings.body_seconds)
        name = request.scope["request_id"]
        try:
            found = served.scorer.one(event)
        except GarrisonError as error:
            raise why(service, served, event, error, request=name) from error
        threshold = served.scorer.threshold
        latency = time.perf_counter() - request.scope["started"]
        accounts.scored_one(served, event, found, request=name, latency=latency)
        facts = {
            "model": served.name,
            "version": served.version,
            "score": found,
            "malicious": found >= threshold,
            "threshold": threshold,
            "request": name,
        }
        return Response(orjson.dumps(facts), media_type=JSON)

    return (
        Address(
            method="POST",
            path="/v1/score",
            scope="score",
            handler=answer,
            summary="Is this event malicious?",
            description="One event, as a JSON object of the fields of the model's schema.",
            parameters=(MODEL,),
            body={JSON: EVENT},
            answer={JSON: VERDICT},
            problems=("no-such-model", "slow-request", "too-large", "wrong-media-type", "schema-error"),
        ),
    )


async def read_one(request: Request, *, most: int, seconds: float) -> dict[str, Any]:
    """The event in the body of a request."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != JSON:
        raise unread(kind, (JSON,))
    return read_event(await read_body(request, most=most, seconds=seconds))


def why(
    service: Service, served: Served, event: Mapping[str, Any], error: GarrisonError, *, request: str
) -> GarrisonError:
    """The refusal of an event that could not be scored, naming the field; it is counted and kept."""
    schema = served.scorer.schema
    refusals = check(schema, [event]).refusals
    if not refusals:
        return error
    service.accounts.refused(served, refusals, [event], request=request)
    return refused(refusals, total=1, schema=schema)
