"""What a page says of an error: the four parts that every error has, under a title and with a status."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from garrison.errors import (
    DataError,
    GarrisonError,
    ModelError,
    NotAccepted,
    RegistryError,
    SettingsError,
    SignatureError,
    StoreError,
    UsageError,
)
from garrison.run.redaction import redact
from garrison.serving.http.problems import Refused, facts_of

_SAID: tuple[tuple[type[GarrisonError], int, str], ...] = (
    (NotAccepted, 409, "It may not go into production"),
    (SettingsError, 422, "A setting does not fit"),
    (UsageError, 422, "This cannot be done"),
    (SignatureError, 409, "The model is not signed as it should be"),
    (RegistryError, 409, "The registry refuses"),
    (StoreError, 503, "The store of scored events cannot be read now"),
    (ModelError, 409, "The model cannot tell"),
    (DataError, 422, "The events cannot be used"),
)
"""What a page says where a problem document would speak of a fault of the service's own."""


_FOR_PEOPLE = {
    "GET /openapi.json has the schema of an event": "the try-it page tells what an event of this model has",
    "GET /openapi.json says what there is": "begin at the first page",
    "send several events to /v1/score/batch": "send several events as a file, by the other form: JSON Lines has an "
    "event a line",
    "a text file, plain or in gz or zst": "a text file that is not packed: CSV or JSON Lines",
    "export it as CSV, JSON Lines or Parquet, and give it the ending of what it is": "export it as CSV or JSON Lines, "
    "and give it the ending of what it is",
    "correct the file, or the features file": "correct the file: the try-it page tells what an event of this model has",
}
"""What is expected of people, and what they do, in place of what programs and commands do."""


@dataclass(frozen=True)
class Told:
    """An error as a page shows it."""

    status: int
    title: str
    what: str
    where: str = ""
    expected: str = ""
    remedy: str = ""
    points: tuple[str, ...] = ()
    fields: Sequence[dict[str, Any]] = ()
    request: str = ""


def told(error: GarrisonError, *, request: str = "") -> Told:
    """The error as a page shows it, without secrets.

    >>> told(NotAccepted("x@2 may not go into production: it is slow; it is wrong")).points
    ('it is slow', 'it is wrong')
    """
    facts = facts_of(error, request=request)
    status, title = facts["status"], facts["title"]
    if not isinstance(error, Refused):
        known = next((each for each in _SAID if isinstance(error, each[0])), None)
        if known is not None:
            _, status, title = known
    what, points = facts["detail"], ()
    expected, remedy = (
        _FOR_PEOPLE.get(text, text) for text in (redact(error.expected), redact(error.remedy))
    )
    if isinstance(error, NotAccepted):
        what, _, rest = what.partition(": ")
        points = tuple(point for point in rest.split("; ") if point)
    return Told(
        status,
        title,
        what,
        where=redact(error.where),
        expected=expected,
        remedy=remedy,
        points=points,
        fields=facts.get("errors", ()),
        request=request,
    )
