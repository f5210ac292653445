"""`garrison run ciphers`: from keys to a network, and how well it reads keys it never saw."""

from pathlib import Path
from typing import Annotated

import typer

from garrison.cli.options import Config, Overrides, Seed, Workspace, as_overrides
from garrison.cli.outcome import print_outcome

HERE = Path()


def ciphers(
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
) -> None:
    """Ciphers: keys → messages → arrays → a network; the same for testing → how well it reads keys it never saw."""
    from garrison.pipelines.ciphering.run import resume_ciphers, run_ciphers
    from garrison.pipelines.ciphering.settings import load_cipher_settings

    given = tuple(as_overrides({"seed": seed}, overrides))
    if resume is not None:
        outcome = resume_ciphers(resume, workspace=workspace, config=config, overrides=given, until=until)
    else:
        settings = load_cipher_settings(config, overrides=given)
        outcome = run_ciphers(settings, workspace=workspace, name=name, until=until)
    print_outcome(outcome)
