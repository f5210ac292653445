"""`garrison steal`: how good a copy of a detector somebody can make who may only ask it."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from garrison.cli.options import (
    AttackerFeatures,
    AttackNames,
    Collection,
    DrawSeed,
    LabelledEvents,
    Model,
    ResultsFile,
    Workspace,
)
from garrison.cli.tables import print_table

if TYPE_CHECKING:
    from garrison.attacks.stealing import StealingResult

HERE = Path()


def steal(
    model: Model,
    data: LabelledEvents,
    queries: Annotated[
        list[int] | None,
        typer.Option(
            metavar="N", help="Events that may be asked about; may be repeated. Default: 100 1000 10000."
        ),
    ] = None,
    answers: Annotated[str, typer.Option(help="What the detector answers: labels or scores.")] = "labels",
    attacks: AttackNames = None,
    family: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="A family of copies; may be repeated. Default: xgboost random_forest logistic_regression.",
        ),
    ] = None,
    transfer: Annotated[
        int, typer.Option(help="Malicious events that are attacked on each copy, and tried on the detector.")
    ] = 0,
    seed: DrawSeed = 0,
    seconds: Annotated[
        float | None, typer.Option(help="What each attack may take; more queries are then left out.")
    ] = None,
    features: AttackerFeatures = None,
    collection: Collection = None,
    out: ResultsFile = None,
    workspace: Workspace = HERE,
) -> None:
    """Copy a detector by its answers, and hold the copies against it on events that no copy has seen.

    Four tenths of the events, by groups, stand aside for that. Nothing is saved but the results. What is broken off
    goes on where it was, when the same command is given again with the same --out.
    """
    from garrison.attacks.stealing import COPIES, QUERIES
    from garrison.pipelines.stealing import steal_model

    found = steal_model(
        model,
        data,
        workspace=workspace,
        attacks=attacks or (),
        queries=queries or QUERIES,
        answers=answers,
        families=family or COPIES,
        transfer=transfer,
        seed=seed,
        seconds=seconds,
        out=out,
        features=features,
        collection=collection,
    )
    _print(found.results)
    first = found.results[0]
    typer.echo(f"model:    {found.model}: f1 {first.f1}, auc {first.auc} on the events held out")
    typer.echo(
        f"events:   {first.pool:,} that a thief has, {first.held_out:,} held out, {first.flagged:,} of these flagged;"
        f" always the commoner verdict agrees on {first.majority:.3f}"
    )
    if found.refused:
        typer.echo(f"refused:  {found.refused:,} rows, listed in {workspace / 'attacks' / 'refused.jsonl'}")
    if found.resumed:
        typer.echo(f"resumed:  {found.resumed} numbers of queries were finished before")
    for result in found.results:
        for flag in result.flags:
            typer.echo(f"flag:     {result.attack}: {flag.name}: {flag.why}")
    if found.path is not None:
        typer.echo(f"results:  {found.path}")


def _print(results: "Sequence[StealingResult]") -> None:
    def told(value: object) -> str:
        return "–" if value is None else f"{value:.3f}" if isinstance(value, float) else str(value)

    shown = any(copy.transfer is not None for result in results for copy in result.copies)
    scored = any(copy.score_error is not None for result in results for copy in result.copies)
    rows = [
        [
            result.attack,
            f"{copy.queries:,}",
            copy.family,
            *map(told, (copy.agreement, copy.on_flagged, copy.on_passed, copy.f1, copy.auc)),
            *([told(copy.score_error)] if scored else []),
            *([told(copy.transfer)] if shown else []),
        ]
        for result in results
        for copy in result.copies
    ]
    heads = ["attack", "queries", "copy", "agreement", "on flagged", "on passed", "copy's f1", "copy's auc"]
    heads += (["score error"] if scored else []) + (["evasions that pass"] if shown else [])
    print_table(heads, rows)
