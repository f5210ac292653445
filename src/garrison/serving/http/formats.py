"""Events in and verdicts out, by media type: a new form is a function and a row of one of the two tables."""

from collections.abc import Callable
from typing import Any, TypeAlias

import orjson
import pyarrow as pa

from garrison.serving.http.answers import Verdicts
from garrison.serving.http.arrow_bodies import FILE, STREAM, read_arrow, too_many_rows
from garrison.serving.http.problems import Refused

JSON = "application/json"
NDJSON = "application/x-ndjson"

Events: TypeAlias = "list[Any] | pa.Table"
"""A batch as it was read: whatever stood in a list, or a table."""


class NoJson:
    """What stands in the place of a line that is no JSON."""

    def __init__(self, text: bytes) -> None:
        self.text = text[:4096].decode("utf-8", "replace")


def read_event(body: bytes) -> dict[str, Any]:
    """One event: a JSON object of the fields of the schema.

    >>> read_event(b'{"port": 80}')
    {'port': 80}
    """
    event = _parsed(body)
    if not isinstance(event, dict):
        raise Refused(
            "bad-request",
            f"the body is a JSON {_kind(event)}",
            expected="one event: a JSON object of its fields",
            remedy="send several events to /v1/score/batch" if isinstance(event, list) else "",
        )
    return event


def read_events(body: bytes, media_type: str, *, most_rows: int) -> Events:
    """The events of a batch; ``Refused`` for a media type that is not read here, and for too many of them."""
    kind = media_type.partition(";")[0].strip().lower()
    if kind not in READERS:
        raise unread(kind, tuple(READERS))
    events = READERS[kind](body, most_rows)
    if len(events) > most_rows:
        raise too_many_rows(len(events), most_rows)
    if not len(events):
        raise Refused("bad-request", "the batch has no events", expected="at least one")
    return events


def wanted_writer(accept: str) -> tuple[str, Callable[[Verdicts], bytes]]:
    """The media type and the writer of the answer that ``Accept`` asks for; JSON where it does not care."""
    ranges = [each.partition(";")[0].strip().lower() for each in accept.split(",")]
    for each in ranges:
        if each in WRITERS:
            return each, WRITERS[each]
    if not accept.strip() or any(each in ("*/*", "application/*") for each in ranges):
        return JSON, WRITERS[JSON]
    raise Refused(
        "not-acceptable",
        f"no answer is of type {accept[:100]!r}",
        where="Accept",
        expected=" or ".join(WRITERS),
    )


def unread(kind: str, known: tuple[str, ...]) -> Refused:
    """What is said of a body of a media type that is not read here."""
    return Refused(
        "wrong-media-type",
        f"a body of type {kind[:100]!r} is not read here" if kind else "the body's type is not stated",
        where="Content-Type",
        expected=" or ".join(known),
        headers={"accept-post": ", ".join(known)},
    )


def _from_json(body: bytes, _most: int) -> Events:
    events = _parsed(body)
    if isinstance(events, dict):
        raise Refused(
            "bad-request",
            "the body is one JSON object",
            expected="a JSON list of events",
            remedy="send one event to /v1/score, or put it into a list",
        )
    if not isinstance(events, list):
        raise Refused("bad-request", f"the body is a JSON {_kind(events)}", expected="a JSON list of events")
    return events


def _from_lines(body: bytes, most: int) -> Events:
    events: list[Any] = []
    for line in body.splitlines():
        if not line.strip():
            continue
        try:
            events.append(orjson.loads(line))
        except orjson.JSONDecodeError:
            events.append(NoJson(line))
        if len(events) > most:
            break
    return events


def _from_arrow(body: bytes, most: int) -> Events:
    return read_arrow(body, most_rows=most)


READERS: dict[str, Callable[[bytes, int], Events]] = {
    JSON: _from_json,
    NDJSON: _from_lines,
    "application/ndjson": _from_lines,
    "application/jsonl": _from_lines,
    STREAM: _from_arrow,
    FILE: _from_arrow,
}
"""How a batch of each media type is read."""

WRITERS: dict[str, Callable[[Verdicts], bytes]] = {
    JSON: Verdicts.to_json,
    NDJSON: Verdicts.to_lines,
    STREAM: Verdicts.to_arrow,
}
"""How the verdicts on a batch are written."""


def _parsed(body: bytes) -> Any:
    if not body.strip():
        raise Refused("bad-request", "the body is empty", expected="JSON")
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Refused(
            "bad-request",
            f"the body is no JSON: {error.msg}"[:200],
            where=f"line {error.lineno}, column {error.colno}",
            expected="JSON in UTF-8",
        ) from None


def _kind(value: Any) -> str:
    names = {list: "list", dict: "object", str: "text", bool: "truth value", type(None): "null"}
    return names.get(type(value), "number")
