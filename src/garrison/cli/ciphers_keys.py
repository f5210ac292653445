"""`garrison ciphers keys`: keys of the M-209 by the rules of its field manual."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from garrison.cli.ciphers_options import (
    CIPHERS,
    Folder,
    Jobs,
    Replace,
    SplitName,
    print_made,
    range_of,
    split_named,
)
from garrison.cli.options import DrawSeed, Scheduler
from garrison.errors import UsageError

if TYPE_CHECKING:
    from garrison.ciphers.stages.keys import Form

FORMS = ("npy", "json")


def keys(
    split: SplitName,
    count: Annotated[int | None, typer.Option(help="How many keys to make.", min=1)] = None,
    source: Annotated[
        Path | None, typer.Option("--from", help="A JSON file of key lists to take instead of making any.")
    ] = None,
    overlaps: Annotated[str, typer.Option(help="Bars with two lugs: a number, or from and to.")] = "1-12",
    non_shared: Annotated[
        list[str] | None,
        typer.Option(
            metavar="WHEEL:N", help="How many lugs of a wheel stand alone, such as 1:7 or 1:5-9; repeatable."
        ),
    ] = None,
    active: Annotated[str, typer.Option(help="Effective pins of all 131, from and to.")] = "53-78",
    longest_run: Annotated[int, typer.Option(help="Neighbouring pins that may be alike.")] = 6,
    form: Annotated[
        str, typer.Option("--format", help="npy, or json: key lists for people and other programs.")
    ] = "npy",
    shard: Annotated[int, typer.Option(help="Keys in a shard; memory is bounded by it.", min=1)] = 50_000,
    seed: DrawSeed = 0,
    folder: Folder = CIPHERS,
    jobs: Jobs = -1,
    replace: Replace = False,
    scheduler: Scheduler = None,
) -> None:
    """Make keys, and prove that no key of testing stands among those of training.

    Pins and lugs follow TM 11-380 (1944). What was broken off goes on where it was when the same command is given
    again, and gives the same bytes; a damaged shard is named and made again.
    """
    from garrison.ciphers.m209.rules import KeyRules
    from garrison.ciphers.stages import keys as make_keys
    from garrison.spread import on_cluster

    if form not in FORMS:
        raise UsageError(f"there is no format {form!r}", expected=" or ".join(FORMS))
    rules = KeyRules(
        overlaps=range_of(overlaps, "overlaps"),
        non_shared=dict(_of_wheel(each) for each in non_shared or ()),
        active=range_of(active, "effective pins"),
        longest_run=longest_run,
    )
    with on_cluster(scheduler):
        made = make_keys(
            folder,
            split_named(split),
            count=count,
            source=source,
            rules=rules,
            seed=seed,
            form=cast("Form", form),
            shard=shard,
            jobs=jobs,
            replace=replace,
        )
    print_made(made, "keys")
    if source is None:
        typer.echo(f"rules:   {rules.told()}")
    compared = made.manifest.facts.get("compared_with")
    if compared is None:
        other = "test" if split == "train" else "train"
        typer.echo(
            f"apart:   there are no keys of {other} yet; they are held against these when they are made"
        )
    else:
        typer.echo(
            f"apart:   none of them is among the {compared['keys']:,} keys of {compared['split']}; all were compared"
        )


def _of_wheel(text: str) -> tuple[int, tuple[int, int]]:
    wheel, colon, wanted = text.partition(":")
    if not colon or not wheel.isdecimal():
        raise UsageError(f"non-shared lugs: {text!r}", expected="WHEEL:N or WHEEL:FROM-TO, such as 1:7")
    return int(wheel[:3]), range_of(wanted, "non-shared lugs")
