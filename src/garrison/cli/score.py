"""`garrison score`: a file, a folder or a store, scored by a detector."""

from pathlib import Path
from typing import Annotated

import typer

from garrison.cli.options import Collection, Scheduler, Workspace
from garrison.cli.tables import print_table

HERE = Path()


def score(
    model: Annotated[
        str, typer.Argument(help="A detector's folder, or a model: NAME, NAME@VERSION, production/NAME.")
    ],
    data: Annotated[
        str,
        typer.Option(
            help="A file or folder, a public data set, simulated:N, a store (duckdb:///…, mongodb://…), or numbers"
            " the detector's processor made (.npy, .parquet)."
        ),
    ],
    out: Annotated[Path, typer.Option(help="The file of scores to make: .parquet, .csv or .jsonl.")],
    keep: Annotated[
        list[str] | None,
        typer.Option(metavar="COLUMN", help="A column to write beside the scores; may be repeated."),
    ] = None,
    collection: Collection = None,
    format: Annotated[
        str | None,
        typer.Option(help="csv, parquet, jsonl, zeek, netflow or pcap; default: by the name."),
    ] = None,
    batch_rows: Annotated[int, typer.Option(help="Rows in memory at a time, and in a shard.")] = 65_536,
    jobs: Annotated[int, typer.Option(help="Threads that score; -1: one a core.")] = -1,
    scheduler: Scheduler = None,
    workspace: Workspace = HERE,
) -> None:
    """Score events; what is broken off goes on where it was, when the same command is given again.

    Rows that are not what the detector's schema says go to OUT.refused.jsonl, with the reason. Addresses are replaced
    by pseudonyms, as everywhere.
    """
    from garrison.pipelines.scoring import score_events
    from garrison.spread import on_cluster

    with on_cluster(scheduler):
        scored = score_events(
            model,
            data,
            out,
            workspace=workspace,
            collection=collection,
            format=format,
            keep=keep or (),
            batch_rows=batch_rows,
            jobs=jobs,
        )
    counts = [
        ["scored", f"{scored.rows:,}"],
        ["alerts", f"{scored.alerts:,}"],
        ["refused", f"{scored.refused:,}"],
    ]
    if scored.resumed_rows:
        counts.insert(1, ["of them before", f"{scored.resumed_rows:,}"])
    print_table(["rows", "count"], counts)
    for reason, count in scored.reasons.items():
        typer.echo(f"refused: {reason}: {count:,}")
    if scored.refused:
        typer.echo(f"refused rows and reasons: {scored.refused_path}")
    typer.echo(f"{scored.rows_per_second:,.0f} rows a second, in {scored.seconds:.1f} s")
    typer.echo(f"scores: {scored.path}")
