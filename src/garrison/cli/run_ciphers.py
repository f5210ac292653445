"""`garrison run ciphers`: from keys to a network, and how well it reads keys it never saw."""

from pathlib import Path

from garrison.cli.options import (
    Config,
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

HERE = Path()


def ciphers(
    config: Config = None,
    overrides: Overrides = None,
    seed: Seed = None,
    workspace: Workspace = HERE,
    name: RunName = None,
    resume: Resume = None,
    until: Until = None,
    scheduler: Scheduler = None,
) -> None:
    """Ciphers: keys → messages → arrays → a network; the same for testing → how well it reads keys it never saw."""
    from garrison.pipelines.ciphering.run import resume_ciphers, run_ciphers
    from garrison.pipelines.ciphering.settings import load_cipher_settings
    from garrison.spread import on_cluster

    given = tuple(as_overrides({"seed": seed}, overrides))
    with on_cluster(scheduler):
        if resume is not None:
            outcome = resume_ciphers(resume, workspace=workspace, config=config, overrides=given, until=until)
        else:
            settings = load_cipher_settings(config, overrides=given)
            outcome = run_ciphers(settings, workspace=workspace, name=name, until=until)
    print_outcome(outcome)
