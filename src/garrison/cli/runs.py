"""`garrison runs`: what was run, how it ended, and where its report is."""

import json
import math
import webbrowser
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from garrison.cli.group import group
from garrison.cli.options import Workspace
from garrison.cli.tables import print_table

if TYPE_CHECKING:
    from garrison.run.record import RunRecord

app = group("Past runs: list, show, open, sync.")

RunName = Annotated[str, typer.Argument(help="A run's id, or `latest`.")]
HERE = Path()


@app.command("list")
def list_all(workspace: Workspace = HERE) -> None:
    """List the runs of the workspace, the newest first."""
    from garrison.run.folder import list_runs

    print_table(
        ["run", "status", "started", "AUC"],
        [
            [
                run.id,
                run.status,
                run.started[:16].replace("T", " "),
                _auc(run),
            ]
            for run in list_runs(workspace / "runs")
        ],
    )


def _auc(run: "RunRecord") -> str:
    value = run.metrics.get("auc", math.nan)
    return "–" if math.isnan(value) else f"{value:.4f}"


@app.command()
def show(run: RunName = "latest", workspace: Workspace = HERE) -> None:
    """Print a run's record."""
    from garrison.run.find import find_run
    from garrison.run.folder import RunFolder
    from garrison.run.redaction import redact_value

    record = RunFolder.open(find_run(workspace / "runs", run)).record
    typer.echo(json.dumps(redact_value(asdict(record)), indent=2, ensure_ascii=False))


@app.command("open")
def open_report(run: RunName = "latest", workspace: Workspace = HERE) -> None:
    """Open a run's report page in the browser, and print where it is."""
    from garrison.errors import UsageError
    from garrison.run.find import find_run

    page = find_run(workspace / "runs", run) / "report.html"
    if not page.is_file():
        raise UsageError(
            "the run has no report page", where=str(page), remedy="finish it with `garrison run … --resume`"
        )
    typer.echo(page.resolve())
    webbrowser.open(page.resolve().as_uri())


@app.command()
def sync(run: RunName = "latest", workspace: Workspace = HERE) -> None:
    """Send what a tracking server missed while it was away."""
    from garrison.errors import TrackingError
    from garrison.run.find import find_run
    from garrison.run.tracking import send_spooled

    folder = find_run(workspace / "runs", run)
    sent = send_spooled(folder)
    typer.echo(f"sent: {sent.sent:,}; still waiting: {sent.left:,}; refused by the server: {sent.refused:,}")
    if sent.left:
        raise TrackingError(
            f"{sent.left:,} fact(s) are still waiting: {sent.problem}",
            where=str(folder / "tracking"),
            remedy="try again when the server answers; nothing is lost",
        )
