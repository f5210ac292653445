"""``/v1/encrypted``: rows that the service cannot read, scored under keys that it is sent once."""

from collections.abc import Callable
from typing import TypeVar

import orjson
from starlette.requests import Request
from starlette.responses import Response

from garrison.encrypted import EncryptedRows, EvaluationKeys, Server
from garrison.encrypted.key_store import UnknownKeys
from garrison.serving.http.addresses import Address, parameter
from garrison.serving.http.bodies import read_body
from garrison.serving.http.formats import JSON
from garrison.serving.http.problems import Refused
from garrison.serving.http.service import Service
from garrison.serving.http.work import Deadline

OCTETS = "application/octet-stream"
_BYTES = {"type": "string", "contentMediaType": OCTETS}
_REFUSALS = ("encryption-error", "slow-request", "too-large", "wrong-media-type", "busy", "timeout")

T = TypeVar("T")


def addresses(service: Service) -> tuple[Address, ...]:
    """The addresses of encrypted scoring; none where no prepared model is served."""
    if service.encrypted is None:
        return ()
    server: Server = service.encrypted

    async def terms(request: Request) -> Response:
        parameter(request)
        return Response(orjson.dumps({"terms": server.terms.to_dict()}), media_type=JSON)

    async def keys(request: Request) -> Response:
        parameter(request)
        body = await _body(service, request)
        fingerprint = await _worked(service, lambda: server.accept(EvaluationKeys.from_bytes(body)))
        return Response(orjson.dumps({"fingerprint": fingerprint}), media_type=JSON)

    async def score(request: Request) -> Response:
        parameter(request)
        body = await _body(service, request)
        outputs = await _worked(service, lambda: server.score(EncryptedRows.from_bytes(body)).to_bytes())
        return Response(outputs, media_type=OCTETS)

    return (
        Address(
            method="GET",
            path="/v1/encrypted",
            scope="",
            handler=terms,
            summary="Which model scores encrypted rows here, and on what terms?",
            answer={
                JSON: {"type": "object", "required": ["terms"], "properties": {"terms": {"type": "object"}}}
            },
        ),
        Address(
            method="PUT",
            path="/v1/encrypted/keys",
            scope="score",
            handler=keys,
            summary="Take the evaluation keys under which rows will come",
            description="Nothing in them helps to decrypt. They are known by their fingerprint until they are let go.",
            body={OCTETS: _BYTES},
            answer={
                JSON: {
                    "type": "object",
                    "required": ["fingerprint"],
                    "properties": {"fingerprint": {"type": "string"}},
                }
            },
            problems=_REFUSALS,
        ),
        Address(
            method="POST",
            path="/v1/encrypted/score",
            scope="score",
            handler=score,
            summary="Score rows that cannot be read here",
            description="The answer is encrypted under the same keys, and holds the model's outputs and nothing else.",
            body={OCTETS: _BYTES},
            answer={OCTETS: _BYTES},
            problems=("unknown-keys", *_REFUSALS),
        ),
    )


async def _body(service: Service, request: Request) -> bytes:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != OCTETS:
        raise Refused(
            "wrong-media-type",
            f"a body of type {kind[:100]!r} is not read here",
            where="Content-Type",
            expected=OCTETS,
        )
    settings = service.settings
    return await read_body(request, most=settings.most_encrypted_bytes, seconds=settings.body_seconds)


async def _worked(service: Service, work: Callable[[], T]) -> T:
    """The result of work that takes its time, in the threads for that."""

    def task(_deadline: Deadline) -> T:
        try:
            return work()
        except UnknownKeys as error:
            raise Refused("unknown-keys", error.what, expected=error.expected, remedy=error.remedy) from error

    return await service.work.run(task)
