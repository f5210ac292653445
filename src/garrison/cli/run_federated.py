"""`garrison run federated`: each network trained in each way, attacked, and held against the others in one table."""

from pathlib import Path
from typing import Annotated

import typer

from garrison.cli.options import (
    Config,
    FailIfRejected,
    Overrides,
    Resume,
    RunName,
    Seed,
    Until,
    Workspace,
    as_overrides,
)
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
    name: RunName = None,
    resume: Resume = None,
    until: Until = None,
    push: Annotated[
        str | None,
        typer.Option(
            metavar="CELL",
            help="Keep the model of this cell, such as cnn-federated, in the registry; promote it if its gates are "
            "kept and it gains on the one in production (setting: pusher.cell).",
        ),
    ] = None,
    fail_if_rejected: FailIfRejected = False,
) -> None:
    """Federated: images → parties → models → attacks on them → one table of what each way of training gives away."""
    from garrison.cli.federated_table import print_answer
    from garrison.errors import NotAccepted
    from garrison.pipelines.federating.run import resume_federated, run_federated
    from garrison.pipelines.federating.settings import load_federated_settings

    given = tuple(as_overrides({"data.name": data, "seed": seed, "pusher.cell": push}, overrides))
    if resume is not None:
        outcome = resume_federated(resume, workspace=workspace, config=config, overrides=given, until=until)
    else:
        settings = load_federated_settings(config, overrides=given)
        outcome = run_federated(settings, workspace=workspace, name=name, until=until)
    print_answer(outcome)
    print_outcome(outcome)
    if fail_if_rejected and outcome.accepted is False:
        what = "a gate was missed" if outcome.detector is None else "the model was not accepted"
        raise NotAccepted(what, where=outcome.run_id, expected=outcome.verdict)
