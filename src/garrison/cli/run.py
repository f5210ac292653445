"""`garrison run`: a whole pipeline, from data to a production model and its report."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from garrison.cli.options import Collection, Config, Data, Overrides, Seed, Workspace, as_overrides
from garrison.cli.outcome import print_outcome

app = typer.Typer(help="Run a pipeline from data to a production model.", no_args_is_help=True)
HERE = Path()

Name = Annotated[str | None, typer.Option(help="The run's name; default: pipeline, date and time.")]
Resume = Annotated[str | None, typer.Option(metavar="RUN", help="Go on with a run (an id, or `latest`).")]
Until = Annotated[str | None, typer.Option(metavar="STAGE", help="Stop after this stage.")]
FailIfRejected = Annotated[
    bool,
    typer.Option(
        "--fail-if-rejected", help="Exit code 4 if the candidate is not accepted.", show_default=False
    ),
]


@app.command()
def phishing(
    data: Data = None,
    collection: Collection = None,
    config: Config = None,
    overrides: Overrides = None,
    seed: Seed = None,
    workspace: Workspace = HERE,
    name: Name = None,
    resume: Resume = None,
    until: Until = None,
    fail_if_rejected: FailIfRejected = False,
) -> None:
    """Phishing: events → store → split → checks → numbers → models → one look at the test → production."""
    given = as_overrides(
        {"ingestion.data": data, "ingestion.collection": collection, "seed": seed}, overrides
    )
    _run("phishing", config, given, workspace, name, resume, until, fail_if_rejected)


@app.command()
def threats(
    data: Data = None,
    collection: Collection = None,
    config: Config = None,
    overrides: Overrides = None,
    seed: Seed = None,
    workspace: Workspace = HERE,
    name: Name = None,
    resume: Resume = None,
    until: Until = None,
    fail_if_rejected: FailIfRejected = False,
) -> None:
    """Threats: network events → store → split → checks → numbers → models → one look at the test → production."""
    given = as_overrides(
        {"ingestion.data": data, "ingestion.collection": collection, "seed": seed}, overrides
    )
    _run("threats", config, given, workspace, name, resume, until, fail_if_rejected)


def _run(
    pipeline: str,
    config: Path | None,
    given: Sequence[str],
    workspace: Path,
    name: str | None,
    resume: str | None,
    until: str | None,
    fail_if_rejected: bool,
) -> None:
    from garrison.errors import NotAccepted
    from garrison.pipelines.starting import load_pipeline_settings, resume_pipeline, run_pipeline

    if resume is not None:
        outcome = resume_pipeline(
            pipeline, resume, workspace=workspace, config=config, overrides=given, until=until
        )
    else:
        settings = load_pipeline_settings(pipeline, config, overrides=given)
        outcome = run_pipeline(pipeline, settings, workspace=workspace, name=name, until=until)
    print_outcome(outcome)
    if fail_if_rejected and outcome.accepted is False:
        raise NotAccepted("the candidate was not accepted", where=outcome.run_id, expected=outcome.verdict)
