"""``POST /v1/explain``: which features drove the score of an event."""

import orjson
from starlette.requests import Request
from starlette.responses import Response

from garrison.errors import GarrisonError
from garrison.serving.http.addresses import MODEL, Address, parameter
from garrison.serving.http.explaining import explain
from garrison.serving.http.formats import JSON
from garrison.serving.http.problems import Refused
from garrison.serving.http.routes.score import EVENT, VERDICT, read_one, why
from garrison.serving.http.service import Service
from garrison.serving.http.work import Deadline

SHOWN = 10

EXPLANATION = {
    "type": "object",
    "required": [*VERDICT["required"], "base", "reference", "permutations", "contributions"],
    "properties": {
        **VERDICT["properties"],
        "base": {"type": "number", "description": "the mean score of the reference"},
        "reference": {"type": "string", "description": "what the event is compared with"},
        "permutations": {"type": "integer"},
        "contributions": {
            "type": "array",
            "description": "what each feature adds; base and all of them sum up to the score",
            "items": {
                "type": "object",
                "required": ["feature", "contribution", "value"],
                "properties": {
                    "feature": {"type": "string"},
                    "contribution": {"type": "number"},
                    "value": {"type": ["number", "string", "boolean", "null"]},
                },
                "additionalProperties": False,
            },
        },
    },
    "additionalProperties": False,
}


def addresses(service: Service) -> tuple[Address, ...]:
    """The address that explains a score."""
    settings = service.settings

    async def answer(request: Request) -> Response:
        given = parameter(request, "model", "most")
        served = service.models.get(given.get("model"))
        most = _count(given.get("most"))
        event = await read_one(request, most=settings.most_event_bytes, seconds=settings.body_seconds)
        name = request.scope["request_id"]

        def work(deadline: Deadline) -> bytes:
            scorer = served.scorer
            try:
                scorer.checked(event)
            except GarrisonError as error:
                raise why(service, served, event, error, request=name) from error
            found = explain(
                scorer,
                event,
                service.reference(served),
                permutations=settings.permutations,
                most=most,
                deadline=deadline,
            )
            facts = {
                "model": served.name,
                "version": served.version,
                "threshold": scorer.threshold,
                "malicious": found["score"] >= scorer.threshold,
                "request": name,
            }
            return orjson.dumps({**facts, **found})

        return Response(await service.work.run(work), media_type=JSON)

    return (
        Address(
            method="POST",
            path="/v1/explain",
            scope="explain",
            handler=answer,
            summary="Which features drove the score of this event?",
            description=(
                "Shapley values by sampled orders: what each feature adds on the way from the mean score of the "
                "reference to the score of the event. It says what the model goes by, not what makes an attack."
            ),
            parameters=(
                MODEL,
                {
                    "name": "most",
                    "in": "query",
                    "required": False,
                    "description": "how many features are named; the rest are summed up",
                    "schema": {"type": "integer", "minimum": 1, "maximum": 1000, "default": SHOWN},
                },
            ),
            body={JSON: EVENT},
            answer={JSON: EXPLANATION},
            problems=(
                "no-such-model", "slow-request", "no-reference", "too-large", "wrong-media-type", "schema-error",
                "busy", "timeout",
            ),
        ),
    )  # fmt: skip


def _count(text: str | None) -> int:
    if text is None:
        return SHOWN
    if not (text.isascii() and text.isdecimal() and len(text) <= 4 and 1 <= int(text) <= 1000):
        raise Refused(
            "bad-request", f"most is {text[:50]!r}", where="most", expected="a whole number from 1 to 1000"
        )
    return int(text)
