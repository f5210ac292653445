"""`garrison privacy`: what a detector gives away of the rows that it has learnt from."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from garrison.cli.options import Collection, DrawSeed, Model, ResultsFile, Workspace
from garrison.cli.tables import print_table

if TYPE_CHECKING:
    from garrison.pipelines.privacy import Privacy

HERE = Path()


def privacy(
    model: Model,
    data: Annotated[
        str | None,
        typer.Option(
            help="Labelled events like its own, where its training rows are not known: a file or folder, a data set, "
            "simulated:N, or a store (duckdb:///…)."
        ),
    ] = None,
    members: Annotated[
        str | None,
        typer.Option(help="Rows that the detector has learnt from; default: those its run has kept."),
    ] = None,
    others: Annotated[
        str | None, typer.Option(help="Rows that it has not; default: the test part of its run.")
    ] = None,
    protocol: Annotated[
        str,
        typer.Option(
            help="model: attack the detector itself; recipe: attack one trained like it on a random half of the "
            "data; auto: the model where its training rows are known."
        ),
    ] = "auto",
    attacks: Annotated[
        list[str] | None,
        typer.Option(
            "--attack", metavar="NAME", help="An attack on membership; may be repeated. Default: all."
        ),
    ] = None,
    attributes: Annotated[
        list[str] | None,
        typer.Option(
            "--attribute",
            metavar="COLUMN",
            help="A feature to be guessed; may be repeated. Default: up to three with few values.",
        ),
    ] = None,
    fpr: Annotated[
        list[float] | None,
        typer.Option(
            metavar="RATE",
            help="A share of others that may be taken for members; may be repeated. Default: 0.001 0.01 0.1.",
        ),
    ] = None,
    shadows: Annotated[int, typer.Option(help="Shadow models to train.")] = 16,
    rows: Annotated[int, typer.Option(help="Rows that are asked about, half of them members.")] = 4_000,
    shadow_rows: Annotated[int, typer.Option(help="Rows that a shadow model learns from, at most.")] = 10_000,
    seed: DrawSeed = 0,
    seconds: Annotated[
        float | None, typer.Option(help="What all of it may take; then the best so far is given.")
    ] = None,
    jobs: Annotated[int, typer.Option(help="Threads that train a model; -1: one a core.")] = -1,
    collection: Collection = None,
    out: ResultsFile = None,
    workspace: Workspace = HERE,
) -> None:
    """Find out which rows a detector has learnt from, and guess their hidden values, by asking it alone.

    Members are found by one threshold on the loss, and by LiRA with shadow models; values are held against what
    anybody would guess without the model. What is broken off goes on where it was, when the same command is given
    again with the same --out.
    """
    from garrison.pipelines.privacy import measure_privacy

    found = measure_privacy(
        model,
        data,
        workspace=workspace,
        members=members,
        others=others,
        protocol=protocol,
        attacks=attacks or (),
        attributes=attributes or (),
        false_positive_rates=fpr or (0.001, 0.01, 0.1),
        shadows=shadows,
        rows=rows,
        shadow_rows=shadow_rows,
        seed=seed,
        seconds=seconds,
        jobs=jobs,
        out=out,
        collection=collection,
    )
    _print(found)
    typer.echo(f"model:    {found.model}")
    attacked = "the detector itself" if found.protocol == "model" else "a detector of the same recipe"
    typer.echo(
        f"attacked: {attacked}; {found.members:,} members and {found.others:,} others were asked about"
    )
    typer.echo(f"rows:     {found.origin}")
    on = "" if found.trained_on is None else f"; the detector from {found.trained_on:,}"
    typer.echo(f"shadows:  {found.shadows}, each of which learnt from {found.learnt_from:,} rows{on}")
    if not found.attributes and not found.cut:
        typer.echo("guessed:  nothing: no column has few enough values; --attribute names one")
    if found.apart is not None:
        typer.echo(f"without:  members are told from others without the model with an AUC of {found.apart}")
    if found.refused:
        typer.echo(f"refused:  {found.refused:,} rows, listed in {workspace / 'privacy'}")
    if found.resumed:
        typer.echo(f"resumed:  {found.resumed} shadow models were trained before")
    for flag in found.flags:
        typer.echo(f"flag:     {flag.name}: {flag.why}")
    if found.path is not None:
        typer.echo(f"results:  {found.path}")


def _print(found: "Privacy") -> None:
    first = found.membership[0]
    print_table(
        ["membership", "AUC", *(f"found at {fpr:g} false" for fpr in first.tpr), "balanced accuracy"],
        [
            [each.attack, str(each.auc), *map(str, each.tpr.values()), str(each.balanced_accuracy)]
            for each in found.membership
        ],
    )
    if found.attributes:
        print_table(
            ["attribute", "values", "imputed", "guessed with the model", "advantage", "on others"],
            [
                [
                    each.name,
                    str(len(each.values)),
                    f"{each.imputed.value:.3f}",
                    f"{each.guessed.value:.3f}",
                    str(each.advantage),
                    str(each.advantage_others),
                ]
                for each in found.attributes
            ],
        )
