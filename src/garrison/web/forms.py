"""What a form brought: its fields, and the file where it has one; as limited as the bodies of the addresses."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from python_multipart import create_form_parser
from python_multipart.exceptions import FormParserError
from starlette.requests import Request

from garrison.serving.http.bodies import read_body
from garrison.serving.http.formats import unread
from garrison.serving.http.problems import Refused

MOST_FIELDS = 40
URLENCODED = "application/x-www-form-urlencoded"
KINDS = (URLENCODED, "multipart/form-data")
_AROUND = 1 << 14
"""Bytes that a form needs beside what it is for."""


@dataclass(frozen=True)
class Upload:
    """A file that came with a form: what its sender called it, and its bytes."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Form:
    """The fields of a form, and its file; None where it brought none."""

    fields: Mapping[str, str]
    upload: Upload | None


async def read_form(request: Request, *, most: int, seconds: float) -> Form:
    """The form in the body of a request; ``Refused`` as a body is, and where it is no form."""
    stated = request.headers.get("content-type", "")
    kind = stated.partition(";")[0].strip().lower()
    if kind not in KINDS:
        raise unread(kind, KINDS)
    body = await read_body(request, most=most + _AROUND, seconds=seconds)
    if kind == URLENCODED:
        return Form(_fields(body), None)
    return await asyncio.to_thread(_parsed, body, stated, most)


def _fields(body: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(
            body.decode("latin-1"), keep_blank_values=True, errors="replace", max_num_fields=MOST_FIELDS
        )
    except ValueError as error:
        raise _unreadable() from error
    return dict(pairs)


def _parsed(body: bytes, stated: str, most: int) -> Form:
    fields: dict[str, str] = {}
    uploads: list[Upload] = []

    def on_field(field: Any) -> None:
        if len(fields) < MOST_FIELDS:
            name = (field.field_name or b"").decode("utf-8", "replace")
            fields[name] = (field.value or b"").decode("utf-8", "replace")

    def on_file(file: Any) -> None:
        file.file_object.seek(0)
        content = file.file_object.read()
        name = (file.file_name or b"").decode("utf-8", "replace")
        file.close()
        if name or content:
            uploads.append(Upload(name[:200], content))

    try:
        parser = create_form_parser(
            {"Content-Type": stated.encode("latin-1", "replace")},
            on_field,
            on_file,
            config={"MAX_MEMORY_FILE_SIZE": most + _AROUND},
        )
        parser.write(body)
        parser.finalize()
    except (FormParserError, ValueError, KeyError) as error:
        raise _unreadable() from error
    if len(uploads) > 1:
        raise Refused("bad-request", f"{len(uploads)} files came at once", expected="one file")
    return Form(fields, uploads[0] if uploads else None)


def _unreadable() -> Refused:
    return Refused("bad-request", "the form cannot be read", expected="a form as a browser sends it")
