"""`garrison demo`: the phishing pipeline on real data, with nothing to set up."""

from pathlib import Path

import typer

from garrison.cli.options import Workspace
from garrison.cli.outcome import print_outcome

DEMO = Path("demo")


def demo(workspace: Workspace = DEMO) -> None:
    """Run the phishing pipeline on the data at hand: no server, no download."""
    from garrison.data.catalogue import locate
    from garrison.pipelines.phishing import run_phishing, settings_for

    data = "phishing_websites" if locate("phishing_websites") else "phishing_embedded"
    typer.echo(f"data:     {data} ({locate(data)})")
    outcome = run_phishing(settings_for(None, overrides=[f"ingestion.data={data}"]), workspace=workspace)
    print_outcome(outcome)
