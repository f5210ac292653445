"""`garrison encrypted ask`: events to scores by a service that sees neither."""

from pathlib import Path
from typing import Annotated

import typer

from garrison.cli.encrypted_options import ClientFolder, Events, Format, Keep, KeysFolder
from garrison.cli.options import Collection, Workspace
from garrison.cli.tables import print_table

HERE = Path()


def ask(
    url: Annotated[str, typer.Argument(metavar="URL", help="Where `garrison serve --encrypted` answers.")],
    client: ClientFolder,
    keys: KeysFolder,
    data: Events,
    out: Annotated[Path, typer.Option(help="The file of scores to make: .parquet, .csv or .jsonl.")],
    keep: Keep = None,
    collection: Collection = None,
    format: Format = None,
    workspace: Workspace = HERE,
) -> None:
    """Encrypt events, have them scored by a service, and decrypt the scores.

    The service's key, where it asks for one, is read from GARRISON_API_KEY. What is broken off goes on where it was,
    when the same command is given again.
    """
    from garrison.pipelines.encrypting import ask_events

    scored = ask_events(
        url,
        client,
        keys,
        data,
        out,
        workspace=workspace,
        collection=collection,
        format=format,
        keep=keep or (),
    )
    print_table(
        ["rows", "count"],
        [
            ["scored", f"{scored.rows:,}"],
            ["alerts", f"{scored.alerts:,}"],
            ["refused", f"{scored.refused:,}"],
        ],
    )
    if scored.refused:
        typer.echo(f"refused rows and reasons: {scored.refused_path}")
    typer.echo(f"{scored.rows_per_second:,.0f} rows a second, in {scored.seconds:.1f} s")
    typer.echo(f"scores: {scored.path}")
