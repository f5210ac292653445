"""`garrison simulate`: made-up traffic into a file."""

from pathlib import Path
from typing import Annotated

import typer


def simulate(
    out: Annotated[Path, typer.Option(help="The file to write: .parquet, .csv or .jsonl.")],
    events: Annotated[int, typer.Option(help="How many events.", min=1)] = 100_000,
    seed: Annotated[int, typer.Option(help="The seed of every draw.", min=0)] = 0,
    malicious_share: Annotated[
        float, typer.Option(help="The part of the events that are attacks, in [0, 1).")
    ] = 0.05,
) -> None:
    """Write simulated network events; the same seed gives the same bytes. No claim of quality rests on them."""
    from garrison.data.simulator import write_simulated

    write_simulated(out, events, seed=seed, malicious_share=malicious_share)
    typer.echo(f"{events:,} simulated events: {out}")
