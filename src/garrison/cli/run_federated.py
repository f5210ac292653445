"""`garrison run federated`: each network trained in each way, attacked, and held against the others in one table."""

from pathlib import Path
from typing import Annotated

import typer

from garrison.cli.options import Config, Overrides, Seed, Workspace, as_overrides
from garrison.cli.outcome import print_outcome

HERE = Path()


def federated(
    data: Annotated[
        str | None,
        typer.Option(help="mnist, or digits, which come with scikit-learn; default: the config's."),
    ] = None,
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
        typer.Option("--fail-if-rejected", help="Exit code 4 if a gate is missed.", show_default=False),
    ] = False,
) -> None:
    """Federated: images → parties → models → attacks on them → one table of what each way of training gives away."""
    from garrison.cli.federated_table import print_answer
    from garrison.errors import NotAccepted
    from garrison.pipelines.federating.run import resume_federated, run_federated
    from garrison.pipelines.federating.settings import load_federated_settings

    given = tuple(as_overrides({"data.name": data, "seed": seed}, overrides))
    if resume is not None:
        outcome = resume_federated(resume, workspace=workspace, config=config, overrides=given, until=until)
    else:
        settings = load_federated_settings(config, overrides=given)
        outcome = run_federated(settings, workspace=workspace, name=name, until=until)
    print_answer(outcome)
    print_outcome(outcome)
    if fail_if_rejected and outcome.accepted is False:
        raise NotAccepted("a gate was missed", where=outcome.run_id, expected=outcome.verdict)
