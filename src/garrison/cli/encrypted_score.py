"""`garrison encrypted score`: what a model makes of rows it cannot read."""

from pathlib import Path
from typing import Annotated

import typer

from garrison.cli.encrypted_options import size


def score(
    server: Annotated[
        str,
        typer.Argument(
            metavar="SERVER", help="The server's part of a prepared model, or the URL of a service."
        ),
    ],
    rows: Annotated[Path, typer.Argument(metavar="ROWS", help="The file of encrypted rows.")],
    out: Annotated[Path, typer.Option(help="The file of encrypted outputs to make.")],
    evaluation_keys: Annotated[
        Path | None,
        typer.Option(help="evaluation.keys of whoever encrypted; a service may know them already."),
    ] = None,
) -> None:
    """Score encrypted rows; no secret key is needed, and none is taken."""
    from garrison.pipelines.encrypting import score_messages

    scored = score_messages(server, rows, evaluation_keys, out)
    typer.echo(f"scored:  {scored.rows:,} rows in {scored.seconds:.2f} s, {size(scored.bytes)}")
    typer.echo(f"outputs: {scored.path} (for whoever encrypted the rows)")
