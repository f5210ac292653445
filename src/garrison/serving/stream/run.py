"""A whole stream from two addresses and a detector, in one call."""

import hashlib
import re
from collections.abc import Callable
from pathlib import Path

from garrison.data.pseudonyms import Pseudonyms
from garrison.detection import Detector
from garrison.errors import UsageError
from garrison.monitoring.scored import ScoredRows
from garrison.serving.stream.appended import AppendedFile
from garrison.serving.stream.away import Say
from garrison.serving.stream.formats import Format, open_format
from garrison.serving.stream.loop import Pace, StateFiles, Stream
from garrison.serving.stream.scoring import Scorer, Show
from garrison.serving.stream.sinks import Sink, open_sink
from garrison.serving.stream.sources import StreamSource, open_source
from garrison.serving.stream.stopping import Stop
from garrison.serving.stream.summary import Summary


def run_stream(
    detector: Detector,
    source: str,
    sink: str,
    *,
    say: Say,
    version: int | None = None,
    format: str | None = None,
    state: Path | None = None,
    refused: Path,
    pseudonyms: Pseudonyms | None = None,
    pace: Pace | None = None,
    alerts_only: bool = False,
    show: Show = "context",
    until_end: bool = False,
    from_end: bool = False,
    stop: Stop | None = None,
    log: Callable[[ScoredRows], object] | None = None,
) -> Summary:
    """Score the events of ``source`` into ``sink`` until the source ends or somebody asks ``stop`` to.

    ``state`` is the file that keeps how far it got; without one it begins anew every time. ``refused`` is where lines
    go that are no events. ``log`` is told of what is scored, as ``BackgroundLog.append`` takes it. ``say`` takes what a
    person should know meanwhile. Otherwise as ``garrison stream`` says.

    Raises ``UsageError`` for addresses, formats and options that cannot be, what the source or the sink has to say
    where waiting does not help, and ``SchemaError`` when a file's header is not that of the schema.
    """
    stop = Stop() if stop is None else stop
    opened = open_source(source, stop=stop, say=say, until_end=until_end, from_end=from_end)
    target = open_sink(sink, say=say)
    lines = open_format(format, detector.schema, file=opened.file, where=opened.shown)
    _check(opened, target, lines, refused)

    def make_scorer(token: str) -> Scorer:
        return Scorer(
            detector,
            lines,
            token=token,
            source=opened.shown,
            version=version,
            pseudonyms=pseudonyms,
            show=show,
            alerts_only=alerts_only,
        )

    stream = Stream(
        opened,
        target,
        refused=AppendedFile(refused, say=say),
        stop=stop,
        say=say,
        pace=pace,
        state=None if state is None else StateFiles(state),
        log=log,
    )
    return stream.run(make_scorer)


def state_name(source: str, sink: str) -> str:
    """A file name for the state of a stream between two addresses, the same every time; it shows no secret.

    >>> state_name("/var/log/flows.jsonl", "redis://me:secret@cache/0?stream=verdicts")
    'flows.jsonl-82f62bed.state'
    """
    ends = [str(Path(each).absolute()) if _is_file(each) else _without_login(each) for each in (source, sink)]
    digest = hashlib.sha256("\0".join(ends).encode()).hexdigest()[:8]
    words = re.sub(r"[^A-Za-z0-9._-]+", "-", Path(ends[0].partition("?")[0]).name).strip("-.")[:60]
    return f"{words or 'stream'}-{digest}.state"


def needs_pseudonyms(detector: Detector, format: str | None, source: str) -> bool:
    """Whether there are addresses among the events, so that a key is needed for their pseudonyms."""
    name = source if _is_file(source) and source != "-" else ""
    lines = open_format(format, detector.schema, file=name, where=source.partition("?")[0])
    return bool(lines.addresses) or any(column.pseudonym for column in detector.schema.columns)


def _check(source: StreamSource, sink: Sink, lines: Format, refused: Path) -> None:
    if not source.file and source.resumes and lines.name != "jsonl":
        raise UsageError(
            f"messages of {source.shown} cannot be {lines.name}", expected="one JSON object a message"
        )
    paths = {Path(each).resolve() for each in (source.shown, sink.shown) if "://" not in each}
    if refused.resolve() in paths or (source.shown == sink.shown and source.shown != "standard input"):
        raise UsageError(
            "a stream cannot write into what it reads, nor verdicts and refused lines into one file",
            where=source.shown,
            expected="three different places",
        )


def _is_file(address: str) -> bool:
    return "://" not in address


def _without_login(address: str) -> str:
    scheme, _, rest = address.partition("://")
    before, mark, options = rest.partition("?")
    return f"{scheme}://{before.rpartition('@')[2]}{mark}{options}"
