"""`garrison attack`: what a detector still sees when malicious events are changed to pass it."""

import math
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
    Scheduler,
    Workspace,
)
from garrison.cli.tables import print_table
from garrison.errors import UsageError

if TYPE_CHECKING:
    from garrison.attacks.evasion import AttackResult

HERE = Path()


def attack(
    model: Model,
    data: LabelledEvents,
    attacks: AttackNames = None,
    epsilon: Annotated[
        list[float] | None,
        typer.Option(
            metavar="COST",
            help="A cost at which detection is told; may be repeated. Default: 0.5 1 2; of URLs: 1 2 4 8 rewrites.",
        ),
    ] = None,
    norm: Annotated[
        str | None, typer.Option(help="How changes of columns add up: linf (the default), l2 or l1.")
    ] = None,
    rows: Annotated[int, typer.Option(help="Malicious events that are attacked.")] = 200,
    seed: DrawSeed = 0,
    seconds: Annotated[
        float | None, typer.Option(help="What each attack may take; then its best so far is given.")
    ] = None,
    raw: Annotated[
        bool, typer.Option("--raw/--no-raw", help="Attack once more with every number free, for comparison.")
    ] = True,
    features: AttackerFeatures = None,
    collection: Collection = None,
    scheduler: Scheduler = None,
    out: ResultsFile = None,
    workspace: Workspace = HERE,
) -> None:
    """Change malicious events, within what an attacker can change, until the detector no longer flags them.

    Costs are standard deviations of the training data, or rewrites where the detector reads URLs. What is broken off
    goes on where it was, when the same command is given again with the same --out.
    """
    from garrison.attacks.evasion import NORMS
    from garrison.pipelines.attacking import attack_model
    from garrison.spread import on_cluster

    if norm is not None and norm not in NORMS:
        raise UsageError(f"there is no norm {norm!r}", where="--norm", expected="one of " + ", ".join(NORMS))
    with on_cluster(scheduler):
        found = attack_model(
            model,
            data,
            workspace=workspace,
            attacks=attacks or (),
            epsilons=epsilon or None,
            norm=next((each for each in NORMS if each == norm), None),
            rows=rows,
            seed=seed,
            seconds=seconds,
            raw=raw,
            out=out,
            features=features,
            collection=collection,
        )
    _print(found.results)
    first = found.results[0]
    typer.echo(f"model:    {found.model}")
    typer.echo(
        f"events:   {len(first.outcomes)} of {found.malicious:,} malicious ones, {len(first.attacked)} of them flagged"
        f" and attacked, {first.left_out} left out as {first.left_out_as}"
    )
    if found.refused:
        typer.echo(f"refused:  {found.refused:,} rows, listed in {workspace / 'attacks' / 'refused.jsonl'}")
    if found.resumed:
        typer.echo(f"resumed:  {found.resumed} shards were finished before")
    typer.echo(f"costs:    {first.costs_in}")
    for result in found.results:
        for flag in result.flags:
            typer.echo(f"flag:     {result.attack}: {flag.name}: {flag.why}")
    for result in found.results:
        for example in result.examples[:1]:
            typer.echo(f"example:  {result.attack}: {example.words()}")
    if found.path is not None:
        typer.echo(f"results:  {found.path}")


def _print(results: "Sequence[AttackResult]") -> None:
    costs = [cost for cost, _ in results[0].curve()]
    rows = []
    for result in results:
        asked = result.queries / max(len(result.attacked), 1)
        rows.append(
            [
                result.attack,
                result.knowledge,
                *(f"{share:.3f}" for _, share in result.curve()),
                f"{result.success:.3f}",
                *(
                    "–" if each is None or math.isnan(each) else f"{each:.3f}"
                    for each in (
                        result.raw_success,
                        result.raw_impossible,
                        result.median_cost,
                    )
                ),
                f"{asked:,.0f}",
                f"{result.seconds:.1f}",
            ]
        )
    heads = [f"detected at {cost:g}" for cost in costs]
    columns = ["success", "raw", "impossible", "median cost", "queries", "seconds"]
    print_table(["attack", "knows", *heads, *columns], rows)
