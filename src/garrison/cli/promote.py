"""`garrison promote`: a version goes into production, if nothing speaks against it or somebody says why."""

from pathlib import Path
from typing import Annotated

import typer

from garrison.cli.options import Registry, Workspace, registry_root

HERE = Path()


def promote(
    model: Annotated[str, typer.Argument(metavar="NAME@VERSION", help="The version to promote.")],
    to: Annotated[str, typer.Option(help="The stage: production.")] = "production",
    force: Annotated[
        bool, typer.Option("--force", help="Whatever speaks against it; needs --reason.", show_default=False)
    ] = False,
    reason: Annotated[str | None, typer.Option(help="Why; kept in the model's history.")] = None,
    registry: Registry = None,
    workspace: Workspace = HERE,
) -> None:
    """Make an experimental version the one in production.

    It must keep its gates and surely beat the version that is in production (exit code 4), or be forced with a reason.
    """
    from garrison.errors import UsageError
    from garrison.registry import LocalRegistry, parse_address, promote_judged

    stage, name, version = parse_address(model)
    if version is None or stage == "production":
        raise UsageError(
            "which version?",
            where=model,
            expected="NAME@VERSION, such as threats@3",
            remedy="list them with `garrison models list`",
        )
    if to != "production":
        raise UsageError(f"there is no way to promote to {to!r}", expected="--to production")
    models = LocalRegistry(registry_root(registry, workspace))
    before = models.current(name)
    promoted = promote_judged(models, name, version, force=force, reason=reason)
    typer.echo(f"in production: {name}@{promoted.version}")
    if before is not None and before.version != promoted.version:
        typer.echo(f"back to {name}@{before.version}: garrison rollback {name}")
