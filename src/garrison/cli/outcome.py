"""What a finished run prints: a small table of results, and where its report page is."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from garrison.cli.tables import print_table

if TYPE_CHECKING:
    from garrison.pipelines.outcome import Outcome


def print_outcome(outcome: "Outcome") -> None:
    """Print the results of a run on standard output."""
    if outcome.results:
        print_table(["on the test part", "value", "interval"], outcome.results)
    if outcome.stopped_after:
        typer.echo(f"run:      {outcome.run_id} (stopped after {outcome.stopped_after})")
        workspace = shlex.quote(str(outcome.folder.resolve().parents[1]))
        typer.echo(
            f"to go on: garrison run {outcome.pipeline} --resume {outcome.run_id} --workspace {workspace}"
        )
        return
    typer.echo(f"run:      {outcome.run_id}")
    typer.echo(f"model:    {outcome.model}")
    typer.echo(f"verdict:  {outcome.verdict}")
    typer.echo(f"caveats:  {len(outcome.caveats)}, listed in the report")
    typer.echo(f"report:   {outcome.report}")
    if outcome.scorecard is not None:
        typer.echo(f"scorecard: {outcome.scorecard}")
    elif outcome.detector is not None:
        version = outcome.detector.parent
        place = outcome.folder.parents[1]
        more = "" if place.resolve() == Path.cwd() else f" --workspace {shlex.quote(str(place))}"
        typer.echo(f"sign off: garrison scorecard {version.parent.name}@{version.name}{more}")
