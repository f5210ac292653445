"""`garrison encrypted decrypt`: what a model made of encrypted rows, as scores and verdicts."""

from pathlib import Path
from typing import Annotated

import typer

from garrison.cli.encrypted_options import ClientFolder, KeysFolder
from garrison.cli.tables import print_table


def decrypt(
    client: ClientFolder,
    outputs: Annotated[Path, typer.Argument(metavar="OUTPUTS", help="The file of encrypted outputs.")],
    keys: KeysFolder,
    out: Annotated[Path, typer.Option(help="The file of scores to make: .parquet, .csv or .jsonl.")],
    index: Annotated[
        Path | None,
        typer.Option(help="The ROWS.index.parquet of the encryption; default: rows are numbered from 1."),
    ] = None,
    verdict_only: Annotated[
        bool, typer.Option("--verdict-only", help="Write no scores: what may be given to others.")
    ] = False,
) -> None:
    """Decrypt outputs into scores and verdicts."""
    from garrison.pipelines.encrypting import decrypt_outputs

    found = decrypt_outputs(client, keys, outputs, out, index=index, verdict_only=verdict_only)
    print_table(["rows", "count"], [["scored", f"{found.rows:,}"], ["alerts", f"{found.alerts:,}"]])
    typer.echo(f"{'verdicts' if verdict_only else 'scores'}: {found.path}")
