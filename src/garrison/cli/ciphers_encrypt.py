"""`garrison ciphers encrypt`: one message a key, out of a text."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from garrison.cli.ciphers_options import CIPHERS, Folder, Jobs, Replace, SplitName, print_made, split_named
from garrison.cli.options import DrawSeed, Scheduler

if TYPE_CHECKING:
    from garrison.ciphers.stages.encrypt import Mode


def encrypt(
    split: SplitName,
    mode: Annotated[
        str, typer.Option(help="known-plaintext (with the key stream) or ciphertext-only.")
    ] = "known-plaintext",
    length: Annotated[int, typer.Option(help="Letters of each message.", min=1)] = 104,
    text: Annotated[
        list[Path] | None,
        typer.Option(
            help="A text file to cut messages of; repeatable. Default: text/*.txt of GARRISON_DATA."
        ),
    ] = None,
    indicator: Annotated[
        str, typer.Option(help="What the wheels show first: random, or six letters such as AAAAAA.")
    ] = "random",
    control: Annotated[
        bool,
        typer.Option("--control", help="Take AES-128's key stream: whoever learns from it is mistaken."),
    ] = False,
    seed: DrawSeed = 0,
    folder: Folder = CIPHERS,
    jobs: Jobs = -1,
    replace: Replace = False,
    scheduler: Scheduler = None,
) -> None:
    """Encipher a message with every key that `garrison ciphers keys` made.

    Messages for training are cut out of the first nine tenths of each text, those for testing out of the rest.
    """
    from garrison.ciphers.stages import encrypt as make_messages
    from garrison.spread import on_cluster

    with on_cluster(scheduler):
        made = make_messages(
            folder,
            split_named(split),
            mode=cast("Mode", mode),
            length=length,
            texts=text or (),
            indicator=indicator,
            control=control,
            seed=seed,
            jobs=jobs,
            replace=replace,
        )
    print_made(made, f"messages of {length:,} letters")
