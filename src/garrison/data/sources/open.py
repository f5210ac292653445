"""The source for a file, by the ending of its name or by a given format."""

from pathlib import Path

from garrison.data.schema import Schema
from garrison.data.sources.base import Source
from garrison.data.sources.compression import CODECS
from garrison.data.sources.csv import CsvSource
from garrison.data.sources.jsonlines import JsonLinesSource
from garrison.data.sources.parquet import ParquetSource
from garrison.errors import SourceError

ENDINGS = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
}
FORMATS = ("csv", "parquet", "jsonl")


def open_source(
    path: Path,
    *,
    schema: Schema | None = None,
    with_label: bool = True,
    format: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    batch_rows: int = 65_536,
) -> Source:
    """The source that reads ``path``: CSV, Parquet or JSON Lines, plain or in gz or zst.

    ``format`` (csv, parquet, jsonl) is by the name's ending unless given; ``encoding`` and ``delimiter``
    are found unless given. With a schema the rows are validated; ``with_label`` false leaves the label out,
    as where rows are only to be scored. ``SourceError`` when the file cannot be opened or its format is not
    known.

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
    chosen = format or ENDINGS.get(ending)
    if chosen not in FORMATS:
        raise SourceError(
            f"unknown format {format!r}" if format else f"the name's ending {ending!r} tells no format",
            where=str(path),
            expected="a name that ends in " + ", ".join(ENDINGS) + ", perhaps with .gz or .zst",
            remedy="give the format: " + ", ".join(FORMATS),
        )
    for name, given in (("an encoding", encoding), ("a delimiter", delimiter)):
        if given is not None and (chosen == "parquet" or (chosen == "jsonl" and name == "a delimiter")):
            raise SourceError(f"{chosen} has no choice of {name}", where=str(path), remedy="leave it out")
    if chosen == "parquet":
        return ParquetSource(path, schema=schema, with_label=with_label, batch_rows=batch_rows)
    if chosen == "jsonl":
        return JsonLinesSource(
            path, schema=schema, with_label=with_label, batch_rows=batch_rows, encoding=encoding
        )
    return CsvSource(
        path,
        schema=schema,
        with_label=with_label,
        batch_rows=batch_rows,
        encoding=encoding,
        delimiter="\t" if delimiter is None and ending == ".tsv" else delimiter,
    )
