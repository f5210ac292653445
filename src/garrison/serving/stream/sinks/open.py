"""The sink of a stream, by its address."""

from collections.abc import Callable
from pathlib import Path

from garrison.errors import UsageError
from garrison.serving.stream.away import Say
from garrison.serving.stream.sinks.base import Sink
from garrison.serving.stream.sinks.file import FileSink
from garrison.serving.stream.sinks.stdout import StdoutSink

FORMS = "a file, - (standard output), redis://host:6379/0?stream=NAME or kafka://host:9092/TOPIC"


def _redis(url: str) -> Sink:
    from garrison.serving.stream.sinks.redis import RedisSink

    return RedisSink.at(url)


def _kafka(url: str) -> Sink:
    from garrison.serving.stream.sinks.kafka import KafkaSink

    return KafkaSink.at(url)


SINKS: dict[str, Callable[[str], Sink]] = {"redis": _redis, "rediss": _redis, "kafka": _kafka}
"""The sinks that a URL names by its scheme; a new one is a file of this folder and its name here."""


def open_sink(address: str, *, say: Say) -> Sink:
    """The sink that ``address`` names; ``UsageError`` for one of another kind, or where a client is not installed."""
    if address == "-":
        return StdoutSink()
    scheme, separator, _ = address.partition("://")
    if separator:
        if scheme not in SINKS:
            raise UsageError(f"the sink's address begins with {scheme[:20] + separator!r}", expected=FORMS)
        return SINKS[scheme](address)
    if not address or "\0" in address:
        raise UsageError("the sink has no name", expected=FORMS)
    return FileSink(Path(address), say=say)
