"""`garrison encrypted encrypt`: events to a file of encrypted rows."""

from pathlib import Path
from typing import Annotated

import typer

from garrison.cli.encrypted_options import ClientFolder, Events, Format, Keep, KeysFolder, size
from garrison.cli.options import Collection, Workspace

HERE = Path()


def encrypt(
    client: ClientFolder,
    keys: KeysFolder,
    data: Events,
    out: Annotated[Path, typer.Option(help="The file of encrypted rows to make.")],
    keep: Keep = None,
    collection: Collection = None,
    format: Format = None,
    packing: Annotated[
        str, typer.Option(help="columns, rows, or auto: whichever takes fewer ciphertexts.")
    ] = "auto",
    workspace: Workspace = HERE,
) -> None:
    """Encrypt events for a prepared model.

    OUT.index.parquet says which row stands where, and stays here. Rows that are not what the schema says go to
    OUT.refused.jsonl, with the reason.
    """
    from garrison.pipelines.encrypting import encrypt_events

    made = encrypt_events(
        client,
        keys,
        data,
        out,
        workspace=workspace,
        collection=collection,
        format=format,
        keep=keep or (),
        packing=packing,
    )
    typer.echo(f"encrypted: {made.rows:,} rows in {made.messages:,} message(s), {size(made.bytes)}")
    for reason, count in made.reasons.items():
        typer.echo(f"refused: {reason}: {count:,}")
    if made.refused:
        typer.echo(f"refused rows and reasons: {made.refused_path}")
    typer.echo(f"rows:      {made.path} (for the server)")
    typer.echo(f"index:     {made.index} (stays here)")
