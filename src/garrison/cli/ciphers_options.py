"""The options that several commands on ciphers share."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from garrison.errors import UsageError

if TYPE_CHECKING:
    from garrison.ciphers.seeds import Split
    from garrison.ciphers.shards import Made

SPLITS = ("train", "test")

SplitName = Annotated[str, typer.Option("--split", help="What it is for: train or test.")]
Folder = Annotated[Path, typer.Option(help="Holds train/ and test/, each with keys/, messages/ and arrays/.")]
Jobs = Annotated[int, typer.Option(help="Processes; -1 means one a core. The bytes are the same.")]
Replace = Annotated[bool, typer.Option("--replace", help="Throw away what other settings made there.")]

CIPHERS = Path("ciphers")


def split_named(split: str) -> "Split":
    """The split of that name, or ``UsageError``."""
    if split not in SPLITS:
        raise UsageError(f"there is no split {split!r}", expected="train or test")
    return cast("Split", split)


def range_of(text: str, what: str) -> tuple[int, int]:
    """``4`` or ``2-6`` as from and to; ``UsageError`` for anything else.

    >>> range_of("4", "overlaps"), range_of("2-6", "overlaps")
    ((4, 4), (2, 6))
    """
    least, dash, most = text.partition("-")
    if not least.isdecimal() or len(text) > 9 or (dash and not most.isdecimal()):
        raise UsageError(f"{what}: {text!r} is no range", expected="a number, or from and to, such as 2-6")
    return int(least), int(most if dash else least)


def print_made(made: "Made", rows: str) -> None:
    """Say what a folder of shards holds now, and what of it was there before."""
    typer.echo(f"{made.manifest.rows:,} {rows} in {_shards(len(made.manifest.shards))}: {made.folder}")
    if made.kept:
        typer.echo(f"kept:    {_shards(made.kept)} finished before")
    if made.mended:
        typer.echo(f"mended:  {_shards(made.mended)} damaged, and made again")


def _shards(count: int) -> str:
    return f"{count:,} {'shard' if count == 1 else 'shards'}"
