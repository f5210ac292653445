"""Every way the service says no, in one JSON shape: problem details (RFC 9457).

::

    {"type": "urn:garrison:problem:schema-error", "title": "The events are not what the schema says", "status": 422,
     "detail": "the event cannot be scored", "where": "payload_len", "expected": "…", "remedy": "…",
     "code": "schema-error", "exit_code": 6, "request": "5f2c…", "errors": [{"field": "payload_len", …}]}

``detail``, ``where``, ``expected`` and ``remedy`` are the four parts of every error of Garrison's; ``exit_code`` is
what the command line ends with for the same error. A new problem is a row of ``PROBLEMS``.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from starlette.responses import Response

from garrison.errors import (
    DataError,
    EncryptionError,
    GarrisonError,
    IntegrityError,
    ModelError,
    OutputError,
    RegistryError,
    SchemaError,
)
from garrison.run.redaction import redact

MEDIA_TYPE = "application/problem+json"

PROBLEMS: dict[str, tuple[int, str]] = {
    "bad-request": (400, "The request cannot be understood"),
    "no-key": (401, "A key is needed"),
    "wrong-scope": (403, "The key may not do this"),
    "foreign-form": (403, "The form came from elsewhere"),
    "keys-off": (403, "This needs a key, and the service has none"),
    "not-found": (404, "There is nothing here"),
    "no-such-model": (404, "No such model is served"),
    "wrong-method": (405, "This address takes another method"),
    "not-acceptable": (406, "No such form of answer"),
    "slow-request": (408, "The request took too long to arrive"),
    "no-reference": (409, "There is nothing to compare the event with"),
    "unknown-keys": (409, "The evaluation keys are not known"),
    "too-large": (413, "The request is too large"),
    "wrong-media-type": (415, "The body is of a kind that is not read here"),
    "foreign-name": (421, "Without keys, this service goes by no such name"),
    "schema-error": (422, "The events are not what the schema says"),
    "data-error": (422, "The events cannot be used"),
    "encryption-error": (422, "What is encrypted does not fit"),
    "too-many-requests": (429, "Too many requests"),
    "own-fault": (500, "A fault of Garrison's own"),
    "model-error": (500, "The model cannot be used"),
    "not-loaded": (502, "The new version cannot be loaded; the old one goes on"),
    "busy": (503, "The service is busy"),
    "stopping": (503, "The service is stopping"),
    "timeout": (504, "The work took too long"),
}
"""The status and title of each problem, by its code."""

_CODES: tuple[tuple[type[GarrisonError], str], ...] = (
    (SchemaError, "schema-error"),
    (DataError, "data-error"),
    (EncryptionError, "encryption-error"),
    (IntegrityError, "model-error"),
    (ModelError, "model-error"),
    (RegistryError, "model-error"),
    (OutputError, "model-error"),
)
_EXIT_CODES = {"schema-error": SchemaError.exit_code, "data-error": DataError.exit_code}
_BY_STATUS = {400: "bad-request", 404: "not-found", 405: "wrong-method", 415: "wrong-media-type"}

Errors = Sequence[Mapping[str, Any]]


class Refused(GarrisonError):
    """A request that is not answered as was asked; ``code`` is one of ``PROBLEMS``.

    ``errors`` is one mapping a field that was wrong; ``headers`` go with the answer.
    """

    def __init__(
        self,
        code: str,
        what: str,
        *,
        where: str = "",
        expected: str = "",
        remedy: str = "",
        errors: Errors = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(what, where=where, expected=expected, remedy=remedy)
        self.code = code
        self.errors = errors
        self.headers = dict(headers or {})

    @property
    def status(self) -> int:
        """The HTTP status."""
        return PROBLEMS[self.code][0]


def code_of(error: GarrisonError) -> str:
    """Which problem an error is.

    >>> code_of(SchemaError("no")), code_of(Refused("busy", "no")), code_of(GarrisonError("no"))
    ('schema-error', 'busy', 'own-fault')
    """
    if isinstance(error, Refused):
        return error.code
    return next((code for kind, code in _CODES if isinstance(error, kind)), "own-fault")


def facts_of(error: GarrisonError, *, request: str = "") -> dict[str, Any]:
    """The problem details of an error as JSON values; secrets are hidden.

    >>> facts_of(Refused("busy", "16 requests wait", remedy="try again"))["title"]
    'The service is busy'
    """
    code = code_of(error)
    status, title = PROBLEMS[code]
    facts: dict[str, Any] = {
        "type": f"urn:garrison:problem:{code}",
        "title": title,
        "status": status,
        "detail": redact(error.what),
        "code": code,
    }
    exit_code = _EXIT_CODES.get(code) if isinstance(error, Refused) else error.exit_code
    if exit_code is not None:
        facts["exit_code"] = exit_code
    parts = {"where": error.where, "expected": error.expected, "remedy": error.remedy}
    facts |= {name: redact(text) for name, text in parts.items() if text}
    if request:
        facts["request"] = request
    if isinstance(error, Refused) and error.errors:
        facts["errors"] = [dict(each) for each in error.errors]
    return facts


def problem(error: GarrisonError, *, request: str = "") -> Response:
    """The answer to a request that met ``error``."""
    facts = facts_of(error, request=request)
    headers = error.headers if isinstance(error, Refused) else {}
    return Response(
        orjson.dumps(facts), status_code=facts["status"], media_type=MEDIA_TYPE, headers=dict(headers)
    )


def of_status(status: int, *, what: str, allow: str = "") -> Refused:
    """The problem that a bare HTTP status stands for, as the router gives it."""
    code = _BY_STATUS.get(status, "own-fault" if status >= 500 else "bad-request")
    if code == "wrong-method":
        wanted = ", ".join(sorted(re.split(r",\s*", allow))) if allow else ""
        return Refused(code, what, expected=wanted, headers={"allow": wanted} if wanted else {})
    remedy = "GET /openapi.json says what there is" if code == "not-found" else ""
    return Refused(code, what, remedy=remedy)


def own_fault() -> GarrisonError:
    """What a client is told of a fault of our own: nothing of its insides."""
    return GarrisonError(
        "a fault of Garrison's own", remedy="the service's log has the details under the request's id"
    )
