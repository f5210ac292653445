"""`garrison sign`: vouch for a model with a private key."""

from pathlib import Path
from typing import Annotated

import typer

from garrison.cli.options import Model, Registry, Workspace, registry_root

HERE = Path()


def sign(
    model: Model,
    key: Annotated[
        Path | None,
        typer.Option(
            help="The private key's file; default: GARRISON_SIGNING_KEY (the key itself), GARRISON_SIGNING_KEY_FILE, "
            "keys/release.key."
        ),
    ] = None,
    registry: Registry = None,
    workspace: Workspace = HERE,
) -> None:
    """Sign a model after every byte of it was verified; a version that stands in two stages is signed in both."""
    from garrison.registry import read_signing_key, sign_version

    signing = read_signing_key(key, workspace=workspace)
    for folder in sign_version(model, signing, root=registry_root(registry, workspace)):
        typer.echo(f"signed: {folder}")
    typer.echo(f"key:    {signing.public.id[:16]}")
