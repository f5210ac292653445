"""The options that several commands share, each with one meaning."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

Data = Annotated[
    str | None,
    typer.Option(
        help="A file or folder, a public data set, simulated:N, or a store (duckdb:///…, mongodb://…)."
    ),
]
Pipeline = Annotated[
    str | None,
    typer.Option(help="phishing or threats; default: what the data set is for, else phishing."),
]
Collection = Annotated[str | None, typer.Option(help="The store's collection.")]
Config = Annotated[
    Path | None, typer.Option("--config", help="A settings file; what it leaves out keeps its default.")
]
Overrides = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="One setting, e.g. training.metric=f1; may be repeated."),
]
Seed = Annotated[int | None, typer.Option(help="The seed of every draw (setting: seed).")]
Workspace = Annotated[
    Path,
    typer.Option(
        envvar="GARRISON_WORKSPACE",
        help="Where runs/, models/ and stores/ are kept; GARRISON_WORKSPACE, else this folder.",
        show_default=False,
        show_envvar=False,
    ),
]
Scheduler = Annotated[
    str | None,
    typer.Option(
        metavar="tcp://HOST:PORT",
        envvar="GARRISON_SCHEDULER",
        help="A Dask scheduler: its workers share the work; the result is the same.",
        show_envvar=False,
    ),
]
RunName = Annotated[str | None, typer.Option(help="The run's name; default: pipeline, date and time.")]
Resume = Annotated[str | None, typer.Option(metavar="RUN", help="Go on with a run (an id, or `latest`).")]
Until = Annotated[str | None, typer.Option(metavar="STAGE", help="Stop after this stage.")]
FailIfRejected = Annotated[
    bool,
    typer.Option(
        "--fail-if-rejected",
        help="Exit code 4 if what was made is not accepted, or a gate is missed.",
        show_default=False,
    ),
]

Model = Annotated[
    str,
    typer.Argument(
        metavar="MODEL", help="A folder, NAME, NAME@VERSION, production/NAME or experimental/NAME@VERSION."
    ),
]
LabelledEvents = Annotated[
    str,
    typer.Option(
        "--data", help="Labelled events: a file or folder, a data set, simulated:N, or a store (duckdb:///…)."
    ),
]
AttackNames = Annotated[
    list[str] | None,
    typer.Option("--attack", metavar="NAME", help="An attack; may be repeated. Default: all that fit."),
]
AttackerFeatures = Annotated[
    Path | None,
    typer.Option(
        "--features",
        help="A features file that says what an attacker can do; default: the detector's own.",
    ),
]
ResultsFile = Annotated[Path | None, typer.Option("--out", help="The JSON file of results to make.")]
DrawSeed = Annotated[int, typer.Option("--seed", help="The seed of every draw.", min=0, max=2**32 - 1)]
Registry = Annotated[
    Path | None,
    typer.Option("--registry", help="The folder of the models; default: models/ of the workspace."),
]


def registry_root(registry: Path | None, workspace: Path) -> Path:
    """The folder of the models: the one that was named, else ``models`` of the workspace."""
    return registry if registry is not None else workspace / "models"


def as_overrides(facts: Mapping[str, str | float | None], overrides: Sequence[str] | None) -> list[str]:
    """The options that were given, as settings, and then what ``--set`` says.

    Text is quoted: an override is read as YAML, in which ``sites #2.csv`` would end before the ``#``.

    >>> as_overrides({"ingestion.data": "sites #2.csv", "seed": None}, ["seed=1"])
    ['ingestion.data="sites #2.csv"', 'seed=1']
    """
    given = [
        f"{name}={json.dumps(value, ensure_ascii=False)}"
        for name, value in facts.items()
        if value is not None
    ]
    return [*given, *(overrides or [])]
