"""`garrison crossvalidate`: how good is each family, by repeated grouped cross-validation?"""

from pathlib import Path
from typing import Annotated

import typer

from garrison.cli.options import Collection, Config, Data, Overrides, Workspace
from garrison.cli.tables import print_table

HERE = Path()


def crossvalidate(
    data: Data = None,
    collection: Collection = None,
    config: Config = None,
    overrides: Overrides = None,
    workspace: Workspace = HERE,
    folds: Annotated[int, typer.Option(help="Folds; groups never stand on both sides.", min=2)] = 5,
    seeds: Annotated[int, typer.Option(help="How often the whole is repeated: seeds 0, 1, …", min=1)] = 5,
    family: Annotated[
        list[str] | None, typer.Option(help="Only this family; may be repeated. Default: all.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Also write the figures as JSON.")] = None,
) -> None:
    """Cross-validate the families of the settings on all rows; prints mean and 95 % interval over the seeds."""
    from garrison.files import write_json
    from garrison.pipelines.crossvalidation import cross_validate_families
    from garrison.pipelines.phishing import settings_for

    facts = {"ingestion.data": data, "ingestion.collection": collection}
    given = [f"{key}={value}" for key, value in facts.items() if value is not None]
    settings = settings_for(config, overrides=[*given, *(overrides or [])])
    figures = cross_validate_families(
        settings, workspace=workspace, folds=folds, seeds=range(seeds), families=family
    )
    metrics = list(figures[0].per_seed)
    print_table(
        ["family", *metrics],
        [[row.family, *(str(row.intervals[name]) for name in metrics)] for row in figures],
        title=f"grouped {folds}-fold, {seeds} seed(s): mean over folds and seeds [95 % over seeds]",
    )
    if out is not None:
        write_json(out, [row.to_dict() for row in figures])
