"""`garrison scorecard`: everything that can be measured of one model, on one page, judged by its gates."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from garrison.cli.options import Collection, DrawSeed, Model, Scheduler, Workspace
from garrison.cli.tables import print_table

if TYPE_CHECKING:
    from garrison.assurance.scorecard import Scorecard

HERE = Path()


def scorecard(
    model: Model,
    data: Annotated[
        str | None,
        typer.Option(
            help="Labelled events it has not learnt from: a file or folder, a data set, simulated:N, or a store. "
            "Default: the test part of the run that trained it."
        ),
    ] = None,
    part: Annotated[
        list[str] | None,
        typer.Option(
            "--part", metavar="NAME", help="A part; may be repeated. Default: all, quality to speed."
        ),
    ] = None,
    gates: Annotated[
        Path | None,
        typer.Option(help="A settings file with gates; default: those of the run that made the model."),
    ] = None,
    rows: Annotated[int, typer.Option(help="Malicious events that are attacked.")] = 100,
    seed: DrawSeed = 0,
    seconds: Annotated[
        float | None,
        typer.Option(
            help="What the attacks may take together; then their best so far counts, and is marked."
        ),
    ] = None,
    keep: Annotated[
        bool | None,
        typer.Option(
            "--keep/--no-keep",
            help="Keep it with the version, for promotions to obey. Default: where no --data are named.",
            show_default=False,
        ),
    ] = None,
    collection: Collection = None,
    out: Annotated[
        Path | None,
        typer.Option(help="The folder for scorecard.html and scorecard.json; default: scorecards/MODEL."),
    ] = None,
    scheduler: Scheduler = None,
    workspace: Workspace = HERE,
) -> None:
    """Measure quality, calibration, hygiene, unknown attacks, evasion, leakage, drift, speed, encrypted scoring.

    One page and one JSON file; each figure with its interval, how it was measured, and when not to believe it. That
    of a version in the registry, on its own test part, is kept with it: `garrison promote` reads its gates. A missed
    gate is exit code 4. What is broken off goes on when the same command is given again.
    """
    from garrison.errors import NotAccepted
    from garrison.pipelines.judging.asked import Asked
    from garrison.pipelines.judging.judge import REFUSED, judge_model
    from garrison.pipelines.judging.stated_gates import gates_of
    from garrison.spread import on_cluster

    asked = Asked(
        parts=tuple(part or ()),
        gates=gates_of(model, gates, workspace=workspace),
        rows=rows,
        seed=seed,
        seconds=seconds,
        jobs=-1,
    )
    with on_cluster(scheduler):
        found = judge_model(
            model, data, workspace=workspace, asked=asked, out=out, collection=collection, keep=keep
        )
    card = found.card
    _print(card)
    if card.refused:
        typer.echo(f"refused:  {card.refused:,} rows, listed in {workspace / REFUSED}")
    if found.resumed:
        typer.echo(f"resumed:  {', '.join(found.resumed)}: measured before")
    for each in card.parts:
        if each.not_measured:
            typer.echo(f"nothing:  {each.name}: {each.not_measured}")
    for doubt in card.doubts:
        typer.echo(f"flag:     {doubt.name}: {doubt.why}")
    for gate in card.gates:
        typer.echo(f"gate:     {'kept  ' if gate.passed else 'MISSED'} {gate}")
    typer.echo(f"page:     {found.page}")
    typer.echo(f"results:  {found.page.with_suffix('.json')}")
    if found.kept:
        typer.echo(f"kept:     with {card.name}@{card.version}; promotions obey it")
    if card.missed:
        raise NotAccepted(
            f"{card.model} misses {len(card.missed)} of {len(card.gates)} gates: "
            + "; ".join(map(str, card.missed)),
            where=str(found.page),
            expected="every gate kept",
            remedy="defend the model, or change the gates in the settings and say why",
        )


def _print(card: "Scorecard") -> None:
    rows: list[Sequence[str]] = []
    for part in card.parts:
        for place, figure in enumerate(part.figures):
            flags = ", ".join(dict.fromkeys(doubt.name for doubt in (*figure.doubts, *part.doubts)))
            rows.append([part.name.replace("_", " ") if place == 0 else "", figure.name, str(figure), flags])
    print_table(["part", "figure", "value", "flags"], rows)
    threshold = "" if card.threshold is None else f", threshold {card.threshold:.4f}, {card.threshold_rule}"
    malicious = "" if card.malicious is None else f", {card.malicious:,} malicious"
    typer.echo(f"model:    {card.model} ({card.family}{threshold})")
    typer.echo(f"events:   {card.rows:,} of {card.data}{malicious}; {card.seconds:.0f} s")
