"""`garrison ciphers arrays`: what a network reads, and what it should find."""

from typing import TYPE_CHECKING, Annotated, cast

import typer

from garrison.cli.ciphers_options import CIPHERS, Folder, Jobs, Replace, SplitName, print_made, split_named

if TYPE_CHECKING:
    from garrison.ciphers.stages.encrypt import Mode


def arrays(
    split: SplitName,
    mode: Annotated[
        str | None, typer.Option(help="known-plaintext or ciphertext-only; default: that of the messages.")
    ] = None,
    folder: Folder = CIPHERS,
    jobs: Jobs = -1,
    replace: Replace = False,
) -> None:
    """Put key stream or ciphertext beside pins and lugs, as .npy files that are mapped into memory when read."""
    from garrison.ciphers.stages import arrays as make_arrays

    made = make_arrays(folder, split_named(split), mode=cast("Mode | None", mode), jobs=jobs, replace=replace)
    length = made.manifest.made_from["length"]
    print_made(
        made, f"rows of {length:,} letters ({made.manifest.made_from['mode']}), 131 pins and 21 lug counts"
    )
