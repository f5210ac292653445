"""`garrison ciphers distinguish`: ciphertexts of blocks that differ in a known way, told from random ones."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from garrison.cli.ciphers_options import Jobs
from garrison.cli.options import DrawSeed
from garrison.cli.tables import print_table
from garrison.errors import UsageError
from garrison.progress import say

if TYPE_CHECKING:
    from garrison.ciphers.distinguishing.study import Study
    from garrison.evaluation.intervals import Interval

MOST_SET_ASIDE = 100_000
CYCLE = 10
"""Epochs over which the rate falls, again and again; fewer where there are fewer."""

METHODS = {"averaging": "key averaging", "table": "difference table", "network": "network"}


def distinguish(
    cipher: Annotated[
        str, typer.Option(help="speck, or aes128: the control, of which nothing can be learnt.")
    ],
    rounds: Annotated[
        list[int] | None, typer.Option(help="Rounds of Speck; may be repeated. Default: 5.")
    ] = None,
    method: Annotated[
        list[str] | None,
        typer.Option(
            help="averaging (over the last round's keys), table (of differences), network; may be repeated. "
            "Default: all three."
        ),
    ] = None,
    epochs: Annotated[int, typer.Option(help="Epochs of training.", min=1)] = 20,
    epoch_pairs: Annotated[int, typer.Option(help="Pairs of an epoch, none seen twice.", min=2)] = 1_000_000,
    batch: Annotated[int, typer.Option(help="Pairs of a step.", min=2)] = 5_000,
    depth: Annotated[int, typer.Option(help="Residual blocks of the network.", min=1)] = 1,
    pairs: Annotated[int, typer.Option(help="Fresh pairs to be judged on.", min=1)] = 1_000_000,
    entries: Annotated[
        int, typer.Option(help="Entries of the tables up to four rounds, the likeliest.", min=1)
    ] = 1 << 24,
    staged: Annotated[
        bool,
        typer.Option("--staged", help="Begin with the weights of the network for the rounds named before."),
    ] = False,
    jobs: Jobs = -1,
    seed: DrawSeed = 0,
    folder: Annotated[
        Path,
        typer.Option(
            help="Where networks, tables and what was found are kept; nothing finished is made again."
        ),
    ] = Path("ciphers/distinguishers"),
) -> None:
    """Tell ciphertexts of related blocks from random ones, in three ways, and say how well each does on fresh pairs.

    The input difference of Speck is 0x0040/0000. Pairs for training, for choosing and for judging come from different
    streams of the seed.
    """
    from garrison.ciphers.distinguishing import Training
    from garrison.files import output_errors
    from garrison.run.lock import FolderLock

    asked = list(METHODS) if method is None else method
    for name in asked:
        if name not in METHODS:
            raise UsageError(f"there is no method {name!r}", expected=" or ".join(METHODS))
    how = Training(
        depth=depth,
        epochs=epochs,
        pairs=epoch_pairs,
        batch=batch,
        cycle=min(CYCLE, epochs),
        validation=min(MOST_SET_ASIDE, epoch_pairs),
        seed=seed,
    )

    with output_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    with FolderLock(folder / ".lock"):
        found = _studies(
            cipher,
            rounds or [5],
            staged=staged,
            methods=[METHODS[name] for name in asked],
            how=how,
            folder=folder,
            pairs=pairs,
            entries=entries,
            processes=jobs,
        )
    if not found:
        raise UsageError(
            f"there is no way to judge {cipher} by: {', '.join(asked)}",
            expected="--method network, or --cipher speck: averaging and table know Speck alone",
        )
    print_table(
        ["cipher", "rounds", "by", "accuracy", "real told", "random told"],
        [
            [
                one.cipher,
                str(one.rounds or "all"),
                one.method,
                *map(_shown, (one.judged.accuracy, one.judged.tpr, one.judged.tnr)),
            ]
            for one in found
        ],
    )
    for one in found:
        if one.judged.at_chance:
            typer.echo(f"flag:    {one.method}, {one.cipher}: no better than chance")


def _studies(cipher: str, rounds: list[int], *, staged: bool, **more: Any) -> "list[Study]":
    """What each method reached, for one number of rounds after the other; said as soon as it is known."""
    from garrison.ciphers.distinguishing.study import study

    found: list[Study] = []
    for number in rounds:
        before = [each.network for each in found if each.network is not None]
        start = before[-1] if staged and before else None
        for each in study(cipher, number, start=start, told=_told, **more):
            say(
                f"{each.cipher}, {each.rounds or 'all'} rounds, {each.method}: {_shown(each.judged.accuracy)}"
            )
            found.append(each)
    return found


def _told(epoch: int, loss: float, accuracy: float) -> None:
    typer.echo(f"epoch {epoch}: loss {loss:.4f}, accuracy {accuracy:.4f} on pairs set aside")


def _shown(interval: "Interval") -> str:
    return f"{interval.value:.4f} [{interval.low:.4f}, {interval.high:.4f}]"
