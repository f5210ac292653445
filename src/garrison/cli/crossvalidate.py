"""`garrison crossvalidate`: how good is each family, by repeated grouped cross-validation?"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from garrison.cli.options import (
    Collection,
    Config,
    Data,
    Overrides,
    Pipeline,
    Scheduler,
    Workspace,
    as_overrides,
)
from garrison.cli.tables import print_table

if TYPE_CHECKING:
    from garrison.evaluation import Interval

HERE = Path()


def crossvalidate(
    data: Data = None,
    pipeline: Pipeline = None,
    collection: Collection = None,
    config: Config = None,
    overrides: Overrides = None,
    workspace: Workspace = HERE,
    folds: Annotated[int, typer.Option(help="Folds; groups never stand on both sides.", min=2)] = 5,
    seeds: Annotated[
        int, typer.Option(help="How often the whole is repeated, each time with a seed.", min=1)
    ] = 5,
    first_seed: Annotated[int, typer.Option(help="The first seed; the next ones follow it.", min=0)] = 0,
    family: Annotated[
        list[str] | None, typer.Option(help="Only this family; may be repeated. Default: all.")
    ] = None,
    scheduler: Scheduler = None,
    out: Annotated[Path | None, typer.Option(help="Also write the figures as JSON.")] = None,
) -> None:
    """Cross-validate the families of the settings on all rows; prints mean and 95 % interval over the seeds."""
    from garrison.data.quarantine import Quarantine
    from garrison.files import write_json
    from garrison.pipelines.crossvalidation import cross_validate_families
    from garrison.pipelines.starting import settings_for_data
    from garrison.spread import on_cluster

    given = as_overrides({"ingestion.data": data, "ingestion.collection": collection}, overrides)
    _, settings = settings_for_data(data, pipeline=pipeline, config=config, overrides=given)
    refused_path = workspace / "crossvalidation.refused.jsonl"
    with on_cluster(scheduler), Quarantine(refused_path) as refused:
        figures = cross_validate_families(
            settings,
            workspace=workspace,
            quarantine=refused,
            folds=folds,
            seeds=range(first_seed, first_seed + seeds),
            families=family,
        )
    metrics = list(figures[0].per_seed)
    which = f"seeds {first_seed} to {first_seed + seeds - 1}" if seeds > 1 else f"seed {first_seed}"
    print_table(
        ["family", *metrics],
        [[row.family, *(_text(row.intervals[name]) for name in metrics)] for row in figures],
        title=f"grouped {folds}-fold, {which}: mean over folds and seeds [95 % over seeds]",
    )
    if refused.count:
        typer.echo(f"{refused.count:,} refused rows, left out; they and the reasons: {refused_path}")
    if out is not None:
        write_json(out, [row.to_dict() for row in figures])


def _text(interval: "Interval") -> str:
    return f"{interval.value:.4f} [{interval.low:.4f}, {interval.high:.4f}]"
