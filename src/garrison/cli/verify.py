"""`garrison verify`: is every byte of a model as it was saved, and has a trusted key signed it?"""

from pathlib import Path
from typing import Annotated

import typer

from garrison.cli.options import Model, Registry, Workspace, registry_root

HERE = Path()


def verify(
    model: Model,
    trusted: Annotated[
        list[Path] | None,
        typer.Option(
            help="A public key's file, or a folder of them; may be repeated; default: GARRISON_TRUSTED_KEYS, keys/."
        ),
    ] = None,
    digests_only: Annotated[
        bool, typer.Option("--digests-only", help="Demand no signature.", show_default=False)
    ] = False,
    registry: Registry = None,
    workspace: Workspace = HERE,
) -> None:
    """Check a model: exit code 13 if a byte was changed, 18 if no trusted key has signed it."""
    from garrison.registry import require_signature, resolve_model, trusted_keys

    found = resolve_model(model, root=registry_root(registry, workspace))
    typer.echo(f"model:  {found}")
    typer.echo("bytes:  every one as it was saved")
    if digests_only:
        return
    signed = require_signature(found.folder, trusted_keys(trusted or (), workspace=workspace))
    typer.echo(f"signed: by {signed.key}")
