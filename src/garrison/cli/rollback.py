"""`garrison rollback`: the version before the present one is in production again."""

from pathlib import Path
from typing import Annotated

import typer

from garrison.cli.options import Registry, Workspace, registry_root

HERE = Path()


def rollback(
    name: Annotated[str, typer.Argument(help="The model's name.")],
    reason: Annotated[str | None, typer.Option(help="Why; kept in the model's history.")] = None,
    registry: Registry = None,
    workspace: Workspace = HERE,
) -> None:
    """Make the version that was in production before the present one current again."""
    from garrison.registry import LocalRegistry

    models = LocalRegistry(registry_root(registry, workspace))
    name = name.removeprefix("production/")
    current = models.current(name)
    version = models.rollback(name, reason=reason, over={current.version if current else None})
    left = f", in place of {name}@{current.version}" if current else ""
    typer.echo(f"in production: {name}@{version.version}{left}")
