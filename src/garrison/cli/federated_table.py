"""The table of a federated run, as a terminal shows it."""

import json

import typer

from garrison.cli.tables import print_table
from garrison.pipelines.outcome import Outcome


def print_answer(outcome: Outcome) -> None:
    """Print the table of a finished run, and the words beside it."""
    if outcome.report is None:
        return
    facts = json.loads((outcome.folder / "report.json").read_text(encoding="utf-8"))
    print_table(facts["columns"], facts["table"])
    typer.echo(facts["conclusions"] + "\n")
