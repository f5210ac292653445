"""`garrison keys`: the keys that sign models, and those that are trusted."""

from pathlib import Path
from typing import Annotated

import typer

from garrison.cli.group import group
from garrison.cli.options import Workspace
from garrison.cli.tables import print_table

app = group("Keys that sign models: new, list.")

HERE = Path()


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="The name of the pair.")] = "release",
    workspace: Workspace = HERE,
) -> None:
    """Make a pair of Ed25519 keys: NAME.key for you alone, NAME.pub for everybody who verifies."""
    from garrison.registry import make_keys
    from garrison.registry.trusted_keys import KEYS

    private, public, made = make_keys(workspace / KEYS, name)
    typer.echo(f"private: {private} (only its owner can read it; keep it off the machines that serve)")
    typer.echo(f"public:  {public}")
    typer.echo(f"key:     {made.id[:16]}")


@app.command("list")
def list_all(
    trusted: Annotated[
        list[Path] | None, typer.Option(help="A public key's file, or a folder of them; may be repeated.")
    ] = None,
    workspace: Workspace = HERE,
) -> None:
    """List the keys that are trusted here."""
    from garrison.registry import trusted_keys

    keys = trusted_keys(trusted or (), workspace=workspace)
    print_table(["key", "file"], [[key.id[:16], key.origin] for key in keys])
