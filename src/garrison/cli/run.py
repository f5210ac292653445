"""`garrison run`: a whole pipeline, from data to a production model and its report."""

from pathlib import Path
from typing import Annotated

import typer

from garrison.cli.options import Collection, Config, Data, Overrides, Seed, Workspace, as_overrides
from garrison.cli.outcome import print_outcome

app = typer.Typer(help="Run a pipeline from data to a production model.", no_args_is_help=True)
HERE = Path()


@app.command()
def phishing(
    data: Data = None,
    collection: Collection = None,
    config: Config = None,
    overrides: Overrides = None,
    seed: Seed = None,
    workspace: Workspace = HERE,
    name: Annotated[
        str | None, typer.Option(help="The run's name; default: pipeline, date and time.")
    ] = None,
    resume: Annotated[
        str | None, typer.Option(metavar="RUN", help="Go on with a run (an id, or `latest`).")
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="STAGE", help="Stop after this stage.")] = None,
    fail_if_rejected: Annotated[
        bool,
        typer.Option(
            "--fail-if-rejected", help="Exit code 4 if the candidate is not accepted.", show_default=False
        ),
    ] = False,
) -> None:
    """Phishing: events → store → split → checks → numbers → models → one look at the test → production."""
    from garrison.errors import NotAccepted
    from garrison.pipelines.phishing import resume_phishing, run_phishing, settings_for

    given = as_overrides(
        {"ingestion.data": data, "ingestion.collection": collection, "seed": seed}, overrides
    )
    if resume is not None:
        outcome = resume_phishing(resume, workspace=workspace, config=config, overrides=given, until=until)
    else:
        settings = settings_for(config, overrides=given)
        outcome = run_phishing(settings, workspace=workspace, name=name, until=until)
    print_outcome(outcome)
    if fail_if_rejected and outcome.accepted is False:
        raise NotAccepted("the candidate was not accepted", where=outcome.run_id, expected=outcome.verdict)
