"""`garrison process`: raw events to processed ones."""

from pathlib import Path
from typing import Annotated

import typer

from garrison.cli.options import Config, Overrides, Workspace
from garrison.cli.tables import print_table

HERE = Path()


def process(
    raw: Annotated[Path, typer.Argument(help="A file of raw events, or a folder of them; never changed.")],
    out: Annotated[Path, typer.Option(help="The Parquet file to make, e.g. datasets/processed/v1.parquet.")],
    config: Config = None,
    features: Annotated[Path | None, typer.Option(help="The features file (setting: features).")] = None,
    overrides: Overrides = None,
    workspace: Workspace = HERE,
) -> None:
    """Check events, replace addresses, put them in order of time and add the past behaviour of their source."""
    from garrison.data.casting import what_is_read
    from garrison.data.pseudonym_key import PLACE
    from garrison.pipelines.processing import process as make
    from garrison.pipelines.processing_settings import processing_settings

    loaded = processing_settings(config, features=features, overrides=overrides or ())
    made = make(raw, out, settings=loaded.settings, features=loaded.features, key=workspace / PLACE)
    print_table(
        ["rows", "count"],
        [
            ["read", f"{made.read:,}"],
            ["refused", f"{made.refused:,}"],
            ["of them in the future", f"{made.in_the_future:,}"],
            ["out of order", f"{made.out_of_order:,}"],
            ["repeated", f"{made.repeated:,}"],
            ["dropped", f"{made.dropped:,}"],
            ["written", f"{made.rows:,}"],
        ],
    )
    for what, count in made.left_out.items():
        typer.echo(f"no rows: {what}: {count:,}")
    for reason, count in made.reasons.items():
        typer.echo(f"refused: {reason}: {count:,}")
        if read := what_is_read(reason):
            typer.echo(f"         read are {read}")
    if made.refused:
        typer.echo(f"refused rows and reasons: {made.refused_path}")
    typer.echo(f"processed: {made.path}")
    typer.echo(f"facts:     {made.facts_path}")
