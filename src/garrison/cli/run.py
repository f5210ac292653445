"""`garrison run`: a whole pipeline, from data to a production model and its report."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from garrison.cli.group import group
from garrison.cli.options import (
    Collection,
    Config,
    Data,
    FailIfRejected,
    Overrides,
    Resume,
    RunName,
    Scheduler,
    Seed,
    Until,
    Workspace,
    as_overrides,
)
from garrison.cli.outcome import print_outcome
from garrison.cli.run_ciphers import ciphers
from garrison.cli.run_federated import federated
from garrison.pipelines.stories import STORIES

app = group("Run a pipeline from data to a production model.")
HERE = Path()


def _command(pipeline: str, story: str) -> Callable[..., None]:
    def run(
        data: Data = None,
        collection: Collection = None,
        config: Config = None,
        features: Annotated[
            str | None, typer.Option(help="The features file; default: the data set's, or the pipeline's.")
        ] = None,
        overrides: Overrides = None,
        seed: Seed = None,
        workspace: Workspace = HERE,
        name: RunName = None,
        resume: Resume = None,
        until: Until = None,
        fail_if_rejected: FailIfRejected = False,
        scheduler: Scheduler = None,
    ) -> None:
        from garrison.errors import NotAccepted
        from garrison.pipelines.starting import load_pipeline_settings, resume_pipeline, run_pipeline
        from garrison.spread import on_cluster

        given = as_overrides(
            {
                "ingestion.data": data,
                "ingestion.collection": collection,
                "ingestion.features": features,
                "seed": seed,
            },
            overrides,
        )
        with on_cluster(scheduler):
            if resume is not None:
                outcome = resume_pipeline(
                    pipeline, resume, workspace=workspace, config=config, overrides=given, until=until
                )
            else:
                settings = load_pipeline_settings(pipeline, config, overrides=given)
                outcome = run_pipeline(pipeline, settings, workspace=workspace, name=name, until=until)
        print_outcome(outcome)
        if fail_if_rejected and outcome.accepted is False:
            raise NotAccepted(
                "the candidate was not accepted", where=outcome.run_id, expected=outcome.verdict
            )

    run.__doc__ = story
    return run


for _pipeline, _story in STORIES.items():
    app.command(_pipeline)(_command(_pipeline, _story))

app.command("ciphers")(ciphers)
app.command("federated")(federated)
