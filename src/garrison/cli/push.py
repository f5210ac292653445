"""`garrison push`: a model goes to another registry, an object store or an MLflow server."""

from pathlib import Path
from typing import Annotated

import typer

from garrison.cli.options import Model, Registry, Workspace, registry_root

HERE = Path()


def push(
    model: Model,
    to: Annotated[
        str,
        typer.Option(
            help="A registry's folder, s3://bucket/prefix, mlflow:, mlflow+https://host, models:/NAME, or any "
            "other address that fsspec knows."
        ),
    ],
    name: Annotated[
        str | None, typer.Option("--as", help="Its name there; default: the one it has here.")
    ] = None,
    registry: Registry = None,
    workspace: Workspace = HERE,
) -> None:
    """Send a model elsewhere as the next version of its name; whoever reads there sees whole versions only.

    In another registry folder it is experimental unless it is in production here. Credentials come from the
    environment.
    """
    from garrison.registry import push_to, resolve_model

    found = resolve_model(model, root=registry_root(registry, workspace))
    address = push_to(
        to,
        found.folder,
        name=name or found.name,
        stage=found.stage or "experimental",
        record=found.record.carried() if found.record else None,
    )
    typer.echo(f"pushed: {address}")
