"""`garrison demo`: the phishing pipeline on real data, with nothing to set up."""

from pathlib import Path
from typing import Annotated

import typer

from garrison.cli.outcome import print_outcome

DEMO = Path("demo")

Place = Annotated[
    Path,
    typer.Option(
        "--workspace",
        envvar="GARRISON_WORKSPACE",
        help="Where runs/, models/ and stores/ are kept; GARRISON_WORKSPACE, else the folder demo.",
        show_default=False,
        show_envvar=False,
    ),
]


def demo(workspace: Place = DEMO) -> None:
    """Run the phishing pipeline on the data at hand: no server, no download."""
    from garrison.data.catalogue import locate
    from garrison.pipelines.phishing import run_phishing, settings_for

    data = "phishing_websites" if locate("phishing_websites") else "phishing_embedded"
    typer.echo(f"data:     {data} ({locate(data)})")
    outcome = run_phishing(settings_for(None, overrides=[f"ingestion.data={data}"]), workspace=workspace)
    print_outcome(outcome)
