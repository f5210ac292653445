"""`garrison train`: one detector of a chosen type, saved among the experimental ones."""

from pathlib import Path
from typing import Annotated

import typer

from garrison.cli.options import Collection, Config, Overrides, Scheduler, Seed, Workspace, as_overrides
from garrison.cli.outcome import print_outcome

HERE = Path()
OUTPUT = Path("models") / "experimental"


def train(
    data: Annotated[
        str, typer.Option(help="A file, a folder of files, a data set's name, simulated:N, or a store's URL.")
    ],
    model_type: Annotated[
        str, typer.Option(help="xgboost, lightgbm, random_forest, … or isolation_forest for unlabelled data.")
    ] = "xgboost",
    collection: Collection = None,
    config: Config = None,
    output_dir: Annotated[
        Path,
        typer.Option(help="Where it is saved, as NAME/VERSION/detector; other folders get an experimental/."),
    ] = OUTPUT,
    features: Annotated[
        Path | None, typer.Option(help="The features file; default: the data set's, or the event table's.")
    ] = None,
    unlabelled: Annotated[
        bool, typer.Option("--unlabelled", help="The events have no labels.", show_default=False)
    ] = False,
    overrides: Overrides = None,
    seed: Seed = None,
    scheduler: Scheduler = None,
    workspace: Workspace = HERE,
    name: Annotated[
        str | None, typer.Option(help="The run's name; default: pipeline, date and time.")
    ] = None,
) -> None:
    """Train one detector: events → split → numbers → model and threshold → one look at the test part → saved."""
    from garrison.pipelines.trainer import ModelTrainer
    from garrison.spread import on_cluster

    given = as_overrides({"ingestion.collection": collection}, overrides)
    trainer = ModelTrainer(config, output_dir=output_dir, workspace=workspace, seed=seed, overrides=given)
    with on_cluster(scheduler):
        trained = trainer.train(data, model_type, features=features, labelled=not unlabelled, name=name)
    print_outcome(trained.outcome)
    typer.echo(f"detector: {trained.path}")
