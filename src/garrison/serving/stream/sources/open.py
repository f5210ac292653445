"""The source of a stream, by its address."""

from collections.abc import Callable
from pathlib import Path

from garrison.errors import UsageError
from garrison.serving.stream.away import Say
from garrison.serving.stream.sources.base import StreamSource
from garrison.serving.stream.sources.file import FileSource
from garrison.serving.stream.sources.stdin import StdinSource
from garrison.serving.stream.stopping import Stop

FORMS = "a file, - (standard input), redis://host:6379/0?stream=NAME&group=NAME or kafka://host:9092/TOPIC?group=NAME"


def _redis(url: str, **options: object) -> StreamSource:
    from garrison.serving.stream.sources.redis import RedisSource

    return RedisSource.at(url, **options)  # type: ignore[arg-type]  # they are those of open_source


def _kafka(url: str, **options: object) -> StreamSource:
    from garrison.serving.stream.sources.kafka import KafkaSource

    return KafkaSource.at(url, **options)  # type: ignore[arg-type]  # they are those of open_source


SOURCES: dict[str, Callable[..., StreamSource]] = {"redis": _redis, "rediss": _redis, "kafka": _kafka}
"""The sources that a URL names by its scheme; a new one is a file of this folder and its name here."""


def open_source(
    address: str, *, stop: Stop, say: Say, until_end: bool = False, from_end: bool = False
) -> StreamSource:
    """The source that ``address`` names.

    ``until_end``: it ends where nothing more is there. ``from_end``: what is there already is left out.
    ``UsageError`` for an address of another kind, and where a client is not installed.
    """
    if address == "-":
        if from_end:
            raise UsageError("standard input has no end to begin at", remedy="leave out --from-end")
        return StdinSource(stop=stop, say=say)
    scheme, separator, _ = address.partition("://")
    if separator:
        if scheme not in SOURCES:
            raise UsageError(f"the source's address begins with {scheme[:20] + separator!r}", expected=FORMS)
        return SOURCES[scheme](address, stop=stop, say=say, until_end=until_end, from_end=from_end)
    if not address or "\0" in address:
        raise UsageError("the source has no name", expected=FORMS)
    return FileSource(Path(address), stop=stop, say=say, until_end=until_end, from_end=from_end)
