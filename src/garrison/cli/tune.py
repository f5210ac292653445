"""`garrison tune`: which parameters of a family are best?"""

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
    Seed,
    Workspace,
    as_overrides,
)
from garrison.cli.tables import print_table

if TYPE_CHECKING:
    from garrison.pipelines.tuning import TunedFamily

HERE = Path()
SHOWN = 10


def tune(
    data: Data = None,
    pipeline: Pipeline = None,
    collection: Collection = None,
    config: Config = None,
    overrides: Overrides = None,
    seed: Seed = None,
    workspace: Workspace = HERE,
    family: Annotated[
        str | None, typer.Option(help="The family to tune; default: the only one of the settings.")
    ] = None,
    trials: Annotated[int | None, typer.Option(help="Trials in all (setting: tuning.trials).")] = None,
    workers: Annotated[
        int | None, typer.Option(help="Trials made at a time (setting: tuning.workers).")
    ] = None,
    scheduler: Scheduler = None,
    out: Annotated[
        Path | None, typer.Option(help="The study's folder; default: studies/NAME-FAMILY. It goes on there.")
    ] = None,
) -> None:
    """Search the parameters of one family on the training part; a study that was stopped goes on."""
    from garrison.errors import Interrupted
    from garrison.pipelines.starting import settings_for_data
    from garrison.pipelines.tuning import family_to_tune, study_folder, tune_family
    from garrison.spread import on_cluster

    given = as_overrides(
        {
            "ingestion.data": data,
            "ingestion.collection": collection,
            "seed": seed,
            "tuning.trials": trials,
            "tuning.workers": workers,
        },
        overrides,
    )
    chosen, loaded = settings_for_data(data, pipeline=pipeline, config=config, overrides=given)
    tuned = family_to_tune(loaded.settings, family)
    folder = study_folder(loaded.settings, tuned, workspace=workspace, out=out)
    try:
        with on_cluster(scheduler):
            found = tune_family(loaded, pipeline=chosen, family=tuned, workspace=workspace, folder=folder)
    except KeyboardInterrupt:
        raise Interrupted(
            "interrupted; the trials that came to their end are kept",
            where=str(folder),
            remedy="give the same command again: the study goes on",
        ) from None
    _print(found)


def _print(found: "TunedFamily") -> None:
    tuned = found.tuned
    names = list(tuned.best.params)
    print_table(
        ["trial", tuned.metric, *names],
        [
            [str(each.place + 1), f"{each.value:.4f}", *(_text(each.params[name]) for name in names)]
            for each in tuned.ranking[:SHOWN]
        ],
        title=f"{tuned.family}: the best trials",
    )
    typer.echo(f"trials:   {len(tuned.trials)}, of which {tuned.pruned} ended early")
    if found.refused:
        typer.echo(f"{found.refused:,} refused rows, left out; they and the reasons: {found.folder}")
    typer.echo(f"best:     {found.best}  (--config {found.best})")
    typer.echo(f"report:   {found.report}")


def _text(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
