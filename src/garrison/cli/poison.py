"""`garrison poison`: what a detector becomes when an attacker reaches some of the rows it learns from."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from garrison.cli.options import AttackerFeatures, Collection, DrawSeed, Model, ResultsFile, Workspace
from garrison.cli.tables import print_table
from garrison.errors import UsageError

if TYPE_CHECKING:
    from garrison.attacks.poisoning import PoisoningResult

HERE = Path()


def poison(
    model: Model,
    data: Annotated[
        str,
        typer.Option(
            help="Labelled events to learn from: a file or folder, a data set, simulated:N, or a store (duckdb:///…)."
        ),
    ],
    test: Annotated[
        str | None,
        typer.Option(
            help="Labelled events to judge by; default: three tenths of --data, the latest or by groups."
        ),
    ] = None,
    attacks: Annotated[
        list[str] | None,
        typer.Option(
            "--attack",
            metavar="NAME",
            help="An attack; may be repeated. Default: label_flips, and backdoor where it fits.",
        ),
    ] = None,
    share: Annotated[
        list[float] | None,
        typer.Option(
            metavar="SHARE",
            help="A share of the training rows that is poisoned; may be repeated. Default: 0.001 0.01 0.05.",
        ),
    ] = None,
    trigger: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN=VALUE",
            help="What a backdoor puts on events; may be repeated. Default: a trigger is chosen.",
        ),
    ] = None,
    rows: Annotated[
        int | None, typer.Option(help="Training rows that are drawn; fewer is faster. Default: all.")
    ] = None,
    seed: DrawSeed = 0,
    folds: Annotated[int, typer.Option(help="Folds by which each threshold is placed, as in training.")] = 3,
    fpr: Annotated[float, typer.Option(help="The false-positive rate at which recall is told.")] = 0.01,
    seconds: Annotated[
        float | None, typer.Option(help="What each attack may take; larger shares are then left out.")
    ] = None,
    jobs: Annotated[int, typer.Option(help="Threads that train; -1: one a core.")] = 1,
    features: AttackerFeatures = None,
    collection: Collection = None,
    out: ResultsFile = None,
    workspace: Workspace = HERE,
) -> None:
    """Make a detector again from rows of which an attacker has poisoned some, and measure it on clean rows.

    Nothing is saved but the results. What is broken off goes on where it was, when the same command is given again
    with the same --out.
    """
    from garrison.pipelines.poisoning import poison_model

    found = poison_model(
        model,
        data,
        test=test,
        workspace=workspace,
        attacks=attacks or (),
        shares=share or (0.001, 0.01, 0.05),
        rows=rows,
        trigger=_trigger(trigger),
        seed=seed,
        folds=folds,
        fpr=fpr,
        seconds=seconds,
        jobs=jobs,
        out=out,
        features=features,
        collection=collection,
    )
    _print(found.results)
    first = found.results[0]
    typer.echo(f"model:    {found.model}, made again each time as it was made")
    typer.echo(
        f"rows:     {first.training_rows:,} to learn from, {first.test_rows:,} to judge by, {first.malicious:,} of them"
        " malicious"
    )
    if found.refused:
        typer.echo(f"refused:  {found.refused:,} rows, listed in {workspace / 'attacks' / 'refused.jsonl'}")
    if found.resumed:
        typer.echo(f"resumed:  {found.resumed} shares were finished before")
    for result in found.results:
        if result.trigger is not None:
            typer.echo(f"trigger:  {result.attack}: {result.trigger}")
            typer.echo(
                f"left out: {result.attack}: {result.left_out:,} training rows and {result.test_left_out:,} test events"
                " that cannot carry it"
            )
    for result in found.results:
        for flag in result.flags:
            typer.echo(f"flag:     {result.attack}: {flag.name}: {flag.why}")
    for result in found.results:
        for example in result.points[-1].examples[:1]:
            typer.echo(f"example:  {result.attack}: test {example.words()}")
    if found.path is not None:
        typer.echo(f"results:  {found.path}")


def _trigger(given: list[str] | None) -> dict[str, str] | None:
    if not given:
        return None
    found = {}
    for each in given:
        name, sign, value = each.partition("=")
        if not sign or not name or not value:
            raise UsageError(
                f"{each!r} is no part of a trigger",
                where="--trigger",
                expected="COLUMN=VALUE, such as sttl=77",
            )
        found[name] = value
    return found


def _print(results: "Sequence[PoisoningResult]") -> None:
    rows = [
        [
            result.attack,
            f"{point.share:g}",
            f"{point.poisoned:,}",
            str(point.f1),
            str(point.auc),
            str(point.recall),
            *("–" if each is None else str(each) for each in (point.success, point.control)),
            "–" if point.gain is None else f"{point.gain:+.3f}",
        ]
        for result in results
        for point in result.points
    ]
    recall = f"recall@fpr={results[0].fpr:g}"
    print_table(
        ["attack", "share", "poisoned", "f1", "auc", recall, "trigger passes", "unpoisoned", "gain"], rows
    )
