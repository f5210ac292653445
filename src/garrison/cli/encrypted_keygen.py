"""`garrison encrypted keygen`: a secret key for its owner, and evaluation keys for servers."""

from typing import Annotated

import typer

from garrison.cli.encrypted_options import ClientFolder, KeysFolder, size


def keygen(
    client: ClientFolder,
    keys: KeysFolder,
    rotate: Annotated[
        bool, typer.Option("--rotate", help="Retire the keys that are there, and make new ones.")
    ] = False,
) -> None:
    """Make a pair of keys for a prepared model: secret.key for you alone, evaluation.keys for the server."""
    from garrison.pipelines.encrypting import make_keys

    made = make_keys(client, keys, rotate=rotate)
    typer.echo(f"secret:      {made.folder / 'secret.key'} (only its owner can read it; send it to nobody)")
    typer.echo(
        f"evaluation:  {made.folder / 'evaluation.keys'} ({size(made.evaluation_bytes)}, for the server, once)"
    )
    typer.echo(f"fingerprint: {made.fingerprint[:16]}")
    if made.retired is not None:
        typer.echo(f"retired:     {made.retired} (decrypts what was encrypted before)")
