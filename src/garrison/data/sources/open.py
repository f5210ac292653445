"""The source for a file, by the ending of its name, by its first bytes, or by a given format."""

from pathlib import Path

from garrison.data.pseudonyms import Pseudonyms
from garrison.data.schema import Schema
from garrison.data.sources.base import Source
from garrison.data.sources.capture import CaptureSource
from garrison.data.sources.capture_flows import Timeouts
from garrison.data.sources.compression import CODECS, chunks
from garrison.data.sources.csv import CsvSource
from garrison.data.sources.jsonlines import JsonLinesSource
from garrison.data.sources.netflow import NetflowSource
from garrison.data.sources.parquet import ParquetSource
from garrison.data.sources.zeek import ZeekSource
from garrison.errors import SourceError

SOURCES: dict[str, type[Source]] = {
    source.format: source
    for source in (
        CsvSource,
        ParquetSource,
        JsonLinesSource,
        ZeekSource,
        NetflowSource,
        CaptureSource,
    )
}
"""Every source by its format; a new one is a file of this folder and its name here."""
FORMATS = tuple(SOURCES)
_WORDS = {"encoding": "an encoding", "delimiter": "a delimiter", "timeouts": "timeouts"}
ENDINGS = {ending: name for name, source in SOURCES.items() for ending in source.endings}


def open_source(
    path: Path,
    *,
    schema: Schema | None = None,
    with_label: bool = True,
    format: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    batch_rows: int = 65_536,
    pseudonyms: Pseudonyms | None = None,
    timeouts: Timeouts | None = None,
) -> Source:
    """The source that reads ``path``, plain or in gz or zst.

    ``format`` (csv, parquet, jsonl, zeek, netflow, pcap) is by the name's ending unless given, or by the first
    bytes where that is ``.log``; a CSV of NetFlow records has to be called netflow. ``encoding`` and ``delimiter``
    are found unless given. With a schema the rows are validated; ``with_label`` false leaves the label out, as
    where rows are only to be scored. ``pseudonyms`` replace addresses; a source that holds some cannot be read
    without. ``timeouts`` say when a flow of a capture ends. ``SourceError`` when the file cannot be opened or its
    format is not known.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "flows.csv"
    ...     _ = path.write_text("port;bytes\\n80;1.5\\n443;2\\n")
    ...     source = open_source(path)
    ...     rows = [row for batch in source.read() for row in batch.to_pylist()]
    >>> source.format, source.encoding, source.delimiter, rows
    ('csv', 'utf-8', ';', [{'port': 80, 'bytes': 1.5}, {'port': 443, 'bytes': 2.0}])
    """
    endings = [ending.lower() for ending in path.suffixes]
    while endings and endings[-1] in CODECS:
        endings.pop()
    ending = endings[-1] if endings else ""
    chosen = format or ENDINGS.get(ending) or (_format_of_log(path) if ending == ".log" else None)
    if chosen not in FORMATS:
        raise SourceError(
            f"unknown format {format!r}" if format else f"the name's ending {ending!r} tells no format",
            where=str(path),
            expected="a name that ends in " + ", ".join(ENDINGS) + ", perhaps with .gz or .zst",
            remedy="give the format: " + ", ".join(FORMATS),
        )
    kind = SOURCES[chosen]
    choices = {"encoding": encoding, "delimiter": delimiter, "timeouts": timeouts}
    given = {name: choice for name, choice in choices.items() if choice is not None}
    for name in given.keys() - {*kind.choices}:
        raise SourceError(f"{chosen} has no choice of {_WORDS[name]}", where=str(path), remedy="leave it out")
    return kind(
        path,
        schema=schema,
        with_label=with_label,
        batch_rows=batch_rows,
        pseudonyms=pseudonyms,
        **given,
    )


def _format_of_log(path: Path) -> str | None:
    """The format whose logs begin as this one does; the ending ``.log`` tells nothing else."""
    start = next(chunks(path, size=64), b"").lstrip()
    return next((name for name, source in SOURCES.items() if source.begins_so(start)), None)
