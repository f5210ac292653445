"""The commands, in the order in which a person meets them."""

from typing import Annotated

import typer
import typer.core

import garrison
from garrison.cli.attack import attack
from garrison.cli.by_purpose import ByPurpose
from garrison.cli.ciphers import app as ciphers
from garrison.cli.crossvalidate import crossvalidate
from garrison.cli.datasets import app as datasets
from garrison.cli.defend import defend
from garrison.cli.demo import demo
from garrison.cli.doctor import doctor
from garrison.cli.encrypted import app as encrypted
from garrison.cli.federated import app as federated
from garrison.cli.ingest import ingest
from garrison.cli.keys import app as keys
from garrison.cli.models import app as models
from garrison.cli.monitor import app as monitor
from garrison.cli.poison import poison
from garrison.cli.privacy import privacy
from garrison.cli.process import process
from garrison.cli.promote import promote
from garrison.cli.push import push
from garrison.cli.rollback import rollback
from garrison.cli.run import app as run
from garrison.cli.runs import app as runs
from garrison.cli.score import score
from garrison.cli.scorecard import scorecard
from garrison.cli.serve import app as serve
from garrison.cli.sign import sign
from garrison.cli.simulate import simulate
from garrison.cli.steal import steal
from garrison.cli.stream import stream
from garrison.cli.train import train
from garrison.cli.tune import tune
from garrison.cli.verify import verify

typer.core.HAS_RICH = False
"""Help is plain text; where rich is installed, Typer escapes its brackets for HTML: ``\\[required]``."""

app = typer.Typer(
    name="garrison",
    cls=ByPurpose,
    help="Build machine-learning models for security, attack them before they ship, keep watch over them.",
    no_args_is_help=True,
    rich_markup_mode=None,
    suggest_commands=False,  # as in `group`
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"garrison {garrison.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Options that stand before the command."""


app.command(short_help="Run the phishing pipeline on the data at hand.")(demo)
app.add_typer(run, name="run")
app.command(short_help="Train one detector of a chosen type.")(train)
app.command(short_help="Compare model families by repeated grouped folds.")(crossvalidate)
app.command(short_help="Search the parameters of one model family.")(tune)
app.command(short_help="Change malicious events until a detector no longer flags them.")(attack)
app.command(short_help="Train a detector that is harder to evade, and tell what that costs.")(defend)
app.command(short_help="Make a detector again from rows of which an attacker poisoned some.")(poison)
app.command(short_help="Copy a detector by what it answers, and say how alike the copy is.")(steal)
app.command(short_help="Find out what a detector gives away of its training rows.")(privacy)
app.command(short_help="Measure a model: quality, robustness, leakage, speed, and its gates.")(scorecard)
app.command(short_help="Load a file into a store.")(ingest)
app.command(short_help="Make processed events from raw ones.")(process)
app.command(short_help="Score a file, a folder or a store.")(score)
app.command(short_help="Write made-up traffic to a file.")(simulate)
app.command(short_help="Score events as they come: a growing file, a pipe, Redis, Kafka.")(stream)
app.add_typer(serve, name="serve")
app.add_typer(federated, name="federated")
app.add_typer(models, name="models")
app.command(short_help="Bring a version into production.")(promote)
app.command(short_help="Return to the version before.")(rollback)
app.command(short_help="Send a model to another place.")(push)
app.command(short_help="Vouch for a model with a key.")(sign)
app.command(short_help="Is a model as it was saved, and signed?")(verify)
app.add_typer(ciphers, name="ciphers")
app.add_typer(encrypted, name="encrypted")
app.add_typer(keys, name="keys")
app.add_typer(monitor, name="monitor")
app.add_typer(datasets, name="datasets")
app.add_typer(runs, name="runs")
app.command(short_help="Is this machine fit, and what is configured?")(doctor)
