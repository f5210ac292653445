"""`garrison ingest`: a file into a store."""

from pathlib import Path
from typing import Annotated

import typer

from garrison.cli.tables import print_table


def ingest(
    file: Annotated[
        Path, typer.Argument(help="CSV, Parquet or JSON Lines; .gz and .zst are read as they are.")
    ],
    into: Annotated[str, typer.Option(help="The store: duckdb:///PATH or mongodb://HOST/DATABASE.")],
    collection: Annotated[str, typer.Option(help="The collection the rows go to.")],
    features: Annotated[
        Path | None, typer.Option(help="A features file: columns are typed and checked by it.")
    ] = None,
    key: Annotated[
        list[str] | None,
        typer.Option(help="The column(s) that name a row; default: the file's content and the row's number."),
    ] = None,
    quarantine: Annotated[
        Path | None, typer.Option(help="Where refused rows go; default: FILE.refused.jsonl in this folder.")
    ] = None,
    encoding: Annotated[str | None, typer.Option(help="The file's encoding; found if not given.")] = None,
    delimiter: Annotated[str | None, typer.Option(help="The CSV delimiter; found if not given.")] = None,
) -> None:
    """Load a file into a store; loading the same file twice changes nothing."""
    from garrison.data.ingest import ingest as load
    from garrison.data.quarantine import Quarantine
    from garrison.data.schema import Schema
    from garrison.data.sources import open_source
    from garrison.data.stores import open_store

    schema = Schema.read(features) if features else None
    source = open_source(file, schema=schema, encoding=encoding, delimiter=delimiter)
    refused_path = quarantine or Path(f"{file.name}.refused.jsonl")
    with open_store(into) as store, Quarantine(refused_path) as refused:
        loaded = load(source, store, collection, schema=schema, key=key, quarantine=refused)
    print_table(
        ["rows", "count"],
        [
            ["read", f"{loaded.rows_read:,}"],
            ["inserted", f"{loaded.inserted:,}"],
            ["already there", f"{loaded.already_there:,}"],
            ["refused", f"{loaded.refused:,}"],
        ],
    )
    for reason, count in sorted(loaded.reasons.items()):
        typer.echo(f"refused: {reason}: {count:,}")
    if loaded.refused:
        typer.echo(f"refused rows and reasons: {refused_path}")
