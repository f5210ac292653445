"""The service told in OpenAPI 3.1: its addresses, and the event that each model takes."""

from collections.abc import Iterable, Mapping
from typing import Any

from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

import garrison
from garrison.data.schema import Column, Schema
from garrison.serving.http.addresses import Address
from garrison.serving.http.problems import MEDIA_TYPE, PROBLEMS

_TYPES: dict[str, dict[str, Any]] = {
    "integer": {"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1},
    "number": {"type": "number"},
    "string": {"type": "string"},
    "boolean": {"type": "boolean"},
    "timestamp": {"type": "string", "format": "date-time"},
}
_PROBLEM = {
    "type": "object",
    "description": "what was wrong, where, what was expected and what to do (RFC 9457)",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string", "enum": list(PROBLEMS)},
        "exit_code": {"type": "integer", "description": "what the command line ends with for the same error"},
        "where": {"type": "string"},
        "expected": {"type": "string"},
        "remedy": {"type": "string"},
        "request": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "row": {"type": "integer"},
                    "field": {"type": "string"},
                    "reason": {"type": "string"},
                    "value": {"type": ["string", "null"]},
                },
            },
        },
    },
}


def responses(address: Address) -> dict[int | str, dict[str, Any]]:
    """What an address may answer, by status."""
    found: dict[int | str, dict[str, Any]] = {
        200: {
            "description": "it worked",
            "content": {kind: {"schema": schema} for kind, schema in address.answer.items()},
        }
    }
    codes = ["bad-request", *address.problems, "own-fault"]
    codes += ["no-key", "wrong-scope", "too-many-requests"] if address.scope is not None else []
    for code in codes:
        status, title = PROBLEMS[code]
        said = found.get(status, {}).get("description")
        found[status] = {
            "description": f"{said}; {title}" if said else title,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
    return found


def operation(address: Address, *, keys: bool) -> dict[str, Any]:
    """What the OpenAPI page says of an address beside its answers."""
    facts: dict[str, Any] = {}
    if address.parameters:
        facts["parameters"] = [dict(each) for each in address.parameters]
    if address.body:
        content = {kind: {"schema": schema} for kind, schema in address.body.items()}
        facts["requestBody"] = {"required": True, "content": content}
    if keys and address.scope is not None:
        facts["security"] = [{"bearer": []}]
    return facts


def document(routes: Iterable[APIRoute], schemas: Mapping[str, Schema], *, keys: bool) -> dict[str, Any]:
    """The whole document; ``schemas`` are those of the models served, by name, the default one first."""
    found: dict[str, Any] = get_openapi(
        title="Garrison",
        version=garrison.__version__,
        description="Scores security events with trained detectors. Errors are problem details (RFC 9457).",
        routes=list(routes),
    )
    components = found.setdefault("components", {})
    events = {name: event_schema(schema) for name, schema in schemas.items()}
    one = len(events) == 1
    named = {f"Event-{name}": event for name, event in events.items()}
    components["schemas"] = {**named, "Problem": _PROBLEM}
    if events:
        components["schemas"]["Event"] = (
            next(iter(events.values()))
            if one
            else {"anyOf": [{"$ref": f"#/components/schemas/{name}"} for name in named]}
        )
    if keys:
        components["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer"}}
    return found


def event_schema(schema: Schema) -> dict[str, Any]:
    """The JSON schema of an event.

    >>> schema = Schema.from_dict({"name": "sites", "columns": [{"name": "dots", "type": "integer", "minimum": 0}]})
    >>> event_schema(schema)["properties"]["dots"]
    {'type': 'integer', 'minimum': 0, 'maximum': 9223372036854775807}
    """
    columns = schema.kept(with_label=False)
    past = list(schema.window_names)
    found: dict[str, Any] = {
        "type": "object",
        "description": schema.description or f"an event of schema {schema.name}",
        "required": [column.name for column in columns if not column.optional],
        "properties": {
            **{column.name: _field(column) for column in columns},
            **{name: {"type": "integer", "minimum": 0} for name in past},
        },
        "additionalProperties": False,
    }
    return {**found, "dependentRequired": dict.fromkeys(past, past)} if past else found


def _field(column: Column) -> dict[str, Any]:
    facts = dict(_TYPES[column.type])
    if column.allowed is not None:
        facts["enum"] = [*column.allowed, *([None] if column.nullable else [])]
    if column.type in ("integer", "number"):
        facts |= {"minimum": column.minimum} if column.minimum is not None else {}
        facts |= {"maximum": column.maximum} if column.maximum is not None else {}
    if column.nullable:
        facts["type"] = [facts["type"], "null"]
    if column.meaning:
        facts["description"] = column.meaning
    return facts
