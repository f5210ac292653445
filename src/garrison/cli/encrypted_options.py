"""The options that several commands on encrypted scoring share."""

from pathlib import Path
from typing import Annotated

import typer

ClientFolder = Annotated[
    Path,
    typer.Argument(metavar="CLIENT", help="The client's part, as `garrison encrypted prepare` wrote it."),
]
KeysFolder = Annotated[Path, typer.Option("--keys", help="The folder of keys; only its owner may read it.")]
Events = Annotated[
    str,
    typer.Option(
        "--data",
        help="A file or folder, a public data set, simulated:N, or a store (duckdb:///…, mongodb://…).",
    ),
]
Keep = Annotated[
    list[str] | None,
    typer.Option("--keep", metavar="COLUMN", help="A column to write beside the scores; may be repeated."),
]
Format = Annotated[
    str | None, typer.Option(help="csv, parquet, jsonl, zeek, netflow or pcap; default: by the name.")
]


def size(count: int) -> str:
    """Bytes as a person reads them.

    >>> size(1_300_000), size(700)
    ('1.3 MB', '0.7 kB')
    """
    return f"{count / 1e6:,.1f} MB" if count >= 1e5 else f"{count / 1e3:,.1f} kB"
