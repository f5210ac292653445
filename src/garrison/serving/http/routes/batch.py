"""``POST /v1/score/batch``: many events in one request, as JSON, lines of JSON, or Arrow."""

import time
from typing import Any

import numpy as np
import pyarrow as pa
from starlette.requests import Request
from starlette.responses import Response

from garrison.serving.http.addresses import MODEL, Address, parameter
from garrison.serving.http.answers import Refusal, Verdicts
from garrison.serving.http.arrow_bodies import FILE, STREAM
from garrison.serving.http.bodies import read_body
from garrison.serving.http.checking import check, refused
from garrison.serving.http.formats import (
    JSON,
    NDJSON,
    READERS,
    Events,
    NoJson,
    read_events,
    unread,
    wanted_writer,
)
from garrison.serving.http.models import Served
from garrison.serving.http.routes.score import EVENT
from garrison.serving.http.service import Service
from garrison.serving.http.work import Deadline

_REFUSAL = {
    "type": "object",
    "required": ["row", "field", "reason", "value"],
    "properties": {
        "row": {"type": "integer", "minimum": 1, "description": "the number of the event, the first being 1"},
        "field": {"type": "string"},
        "reason": {"type": "string"},
        "value": {"type": ["string", "null"]},
    },
    "additionalProperties": False,
}
VERDICTS = {
    "type": "object",
    "required": [
        "model", "version", "threshold", "request", "events", "flagged", "scores", "malicious", "refused",
    ],
    "properties": {
        "model": {"type": "string"},
        "version": {"type": ["integer", "null"]},
        "threshold": {"type": "number"},
        "request": {"type": "string"},
        "events": {"type": "integer", "minimum": 1, "description": "how many there were"},
        "flagged": {"type": "integer", "minimum": 0, "description": "how many are malicious"},
        "scores": {"type": "array", "items": {"type": ["number", "null"]}, "description": "null: refused"},
        "malicious": {"type": "array", "items": {"type": ["boolean", "null"]}, "description": "null: refused"},
        "refused": {"type": "array", "items": _REFUSAL},
    },
    "additionalProperties": False,
}  # fmt: skip
_BYTES = {"type": "string", "contentMediaType": "application/octet-stream"}
_LINES = {"type": "string", "description": "one JSON object a line"}


def addresses(service: Service) -> tuple[Address, ...]:
    """The address that scores many events."""
    settings = service.settings

    async def answer(request: Request) -> Response:
        served = service.models.get(parameter(request, "model").get("model"))
        media_type, write = wanted_writer(request.headers.get("accept", ""))
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind not in READERS:
            raise unread(kind, tuple(READERS))
        body = await read_body(request, most=settings.most_batch_bytes, seconds=settings.body_seconds)
        name, started = request.scope["request_id"], request.scope["started"]

        def work(deadline: Deadline) -> bytes:
            events = read_events(body, kind, most_rows=settings.most_batch_rows)
            return write(judge(service, served, events, request=name, started=started, deadline=deadline))

        return Response(await service.work.run(work), media_type=media_type)

    return (
        Address(
            method="POST",
            path="/v1/score/batch",
            scope="score",
            handler=answer,
            summary="Which of these events are malicious?",
            description=(
                "A JSON list of events, a JSON object a line, or an Arrow stream or file. Events that are not what the "
                "schema says are named in the answer and have no score; the others are scored. Only where none can be "
                "scored is the answer a 422. `Accept` chooses JSON, lines or Arrow for the answer."
            ),
            parameters=(MODEL,),
            body={
                JSON: {"type": "array", "items": EVENT, "minItems": 1},
                NDJSON: _LINES,
                STREAM: _BYTES,
                FILE: _BYTES,
            },
            answer={JSON: VERDICTS, NDJSON: _LINES, STREAM: _BYTES},
            problems=(
                "no-such-model", "not-acceptable", "slow-request", "too-large", "wrong-media-type", "schema-error",
                "busy", "timeout",
            ),
        ),
    )  # fmt: skip


def judge(
    service: Service, served: Served, events: Events, *, request: str, started: float, deadline: Deadline
) -> Verdicts:
    """The verdicts on a batch; ``Refused`` when not one of its events can be scored."""
    total = len(events)
    found = check(served.scorer.schema, events)
    if found.refusals:
        contents = [_content(events, refusal) for refusal in found.refusals]
        service.accounts.refused(served, found.refusals, contents, request=request)
    if not found.table.num_rows:
        raise refused(found.refusals, total=total, schema=served.scorer.schema)
    scores = np.full(total, np.nan)
    scored = served.scorer.many(found.table, proceed=deadline.check)
    scores[found.places] = scored
    service.accounts.scored_many(
        served, found.table, scored, found.places + 1, request=request, latency=time.perf_counter() - started
    )
    return Verdicts(
        model=served.name,
        version=served.version,
        threshold=served.scorer.threshold,
        request=request,
        scores=scores,
        refusals=found.refusals,
    )


def _content(events: Events, refusal: Refusal) -> Any:
    if isinstance(events, pa.Table):
        return events.slice(refusal.row - 1, 1).to_pylist()[0]
    event = events[refusal.row - 1]
    return event.text if isinstance(event, NoJson) else event
