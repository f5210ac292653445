"""`garrison defend`: a detector that is harder to evade, and what that costs."""

from pathlib import Path
from typing import Annotated, Any

import typer

from garrison.cli.options import Collection, Config, Overrides, Seed, Workspace, as_overrides
from garrison.cli.outcome import print_outcome
from garrison.cli.tables import print_table

HERE = Path()
OUTPUT = Path("models") / "experimental"


def defend(
    data: Annotated[
        str,
        typer.Option(help="Labelled events: a file or folder, a data set's name, simulated:N, or a store."),
    ],
    defences: Annotated[
        list[str],
        typer.Option(
            "--defence",
            metavar="NAME",
            help="sanitising, robust_features, monotone, rejection or adversarial_training; may be repeated.",
        ),
    ],
    model_type: Annotated[str, typer.Option(help="xgboost, lightgbm, random_forest, …")] = "xgboost",
    rows: Annotated[int, typer.Option(help="Malicious test events that are attacked for the price.")] = 100,
    out: Annotated[Path | None, typer.Option(help="A JSON file to write the price to.")] = None,
    collection: Collection = None,
    config: Config = None,
    output_dir: Annotated[
        Path, typer.Option(help="Where the detector is saved, as NAME/VERSION/detector.")
    ] = OUTPUT,
    features: Annotated[
        Path | None, typer.Option(help="The features file; default: the data set's, or the event table's.")
    ] = None,
    overrides: Overrides = None,
    seed: Seed = None,
    workspace: Workspace = HERE,
    name: Annotated[
        str | None, typer.Option(help="The run's name; default: pipeline, date and time.")
    ] = None,
) -> None:
    """Train one detector with and without defences, and attack both anew: what the defences bring, and what they cost.

    Parameters are settings: --set "defence.params={adversarial_training: {rounds: 6}}".
    """
    from garrison.pipelines.defending import defend_detector
    from garrison.pipelines.trainer import ModelTrainer

    given = as_overrides({"ingestion.collection": collection}, overrides)
    trainer = ModelTrainer(config, output_dir=output_dir, workspace=workspace, seed=seed, overrides=given)
    made = defend_detector(
        trainer, data, model_type, defences=defences, rows=rows, features=features, out=out, name=name
    )
    print_outcome(made.trained.outcome)
    price = made.price
    lines = [*price["clean"], *price["attacked"]]
    print_table(
        ["the price, on the test part", "without", "with", "gain"],
        [
            [
                line["what"],
                *(_shown(line[side]) for side in ("before", "after")),
                _shown(line["gain"], sign=True),
            ]
            for line in lines
        ],
    )
    for note in price["notes"]:
        typer.echo(f"{note['defence']}: {note['words']}")
    for side, results in price["attacks"].items():
        told = "without" if side == "before" else "with"
        for result in results:
            for flag in result["flags"]:
                typer.echo(f"flag:     {told}, {result['attack']}: {flag['name']}: {flag['why']}")
    typer.echo(f"price:    {made.path}")
    typer.echo(f"detector: {made.trained.path}")


def _shown(interval: dict[str, Any] | None, *, sign: bool = False) -> str:
    if interval is None:
        return "–"
    plus = "+" if sign else ""
    return f"{interval['value']:{plus}.3f} [{interval['low']:{plus}.3f}, {interval['high']:{plus}.3f}]"
