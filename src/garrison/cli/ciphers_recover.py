"""`garrison ciphers recover`: from known plaintext to the key of an M-209 message, and the rest of it."""

from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from garrison.cli.ciphers_encipher import Indicator, Text, is_standard_input, read_text
from garrison.cli.options import DrawSeed
from garrison.errors import CheckFailed, DataError, UsageError

if TYPE_CHECKING:
    from garrison.ciphers.recovery import Crib, Recovery, Start

UNKNOWN = "."


class StartName(StrEnum):
    """Where a search begins."""

    auto = "auto"
    network = "network"
    random = "random"


def recover(
    crib: Annotated[str, typer.Option("--crib", help="Plaintext that is known.")],
    text: Text = "-",
    at: Annotated[int, typer.Option(help="The letter of the message at which the crib begins.")] = 1,
    indicator: Indicator = "AAAAAA",
    spaces: Annotated[
        bool,
        typer.Option(
            "--spaces", help="A space of the crib is a Z of the message, and a Z printed as a space."
        ),
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="Write the key to this file, as a key list for decipher.")
    ] = None,
    start: Annotated[
        StartName,
        typer.Option(
            help="Where the search begins: at random, or at what the network reads; auto: the network, where the "
            "crib is long enough for it and PyTorch is installed."
        ),
    ] = StartName.auto,
    restarts: Annotated[int, typer.Option(help="Keys that are cooled at once.", min=1, max=4096)] = 128,
    seconds: Annotated[float, typer.Option(help="Begin no new search after this time.", min=0.001)] = 60.0,
    seed: DrawSeed = 0,
) -> None:
    """Find the pins and lugs that make the crib of the message, and decipher the rest.

    Of the keys that fit the crib those are kept with which the rest reads best. Where several are left their number is
    told, letters on which they differ are printed as a dot, and the command ends with 3. The indicator only says at
    which letters the pins of the key are called effective.
    """
    from garrison.ciphers.letters import message_letters
    from garrison.ciphers.m209.indicators import parse_indicator
    from garrison.ciphers.recovery import Crib, Plan
    from garrison.ciphers.recovery import recover as recover_key

    places = parse_indicator(indicator)
    if out is not None:
        _check_place(out, standard_input=text == "-")
    try:
        known = message_letters(crib, spaces=spaces)
    except DataError as error:
        raise DataError(
            error.what.replace("message", "crib"),
            where=error.where,
            expected=error.expected,
            remedy=error.remedy,
        ) from error
    message = message_letters(read_text() if text == "-" else text)
    told = Crib.of(message, known, at - 1)
    found = recover_key(
        message,
        told,
        indicator=places,
        start=_believed(told, start),
        plan=Plan(restarts=restarts, seconds=seconds),
        seed=seed,
    )
    _print(found, spaces=spaces)
    if out is not None:
        _write(out, found)
    if not found.fixed:
        raise _not_fixed(told, found)


def _check_place(out: Path, *, standard_input: bool) -> None:
    if not out.parent.is_dir():
        raise UsageError("there is no such folder", where=str(out.parent), remedy="make it, or name another")
    if standard_input and is_standard_input(out):
        raise UsageError(
            "what is written would replace what is read",
            where=str(out),
            remedy="choose another name for the output",
        )


def _believed(crib: "Crib", wanted: StartName) -> "Start | None":
    """What the network believes of the key; None for a random start."""
    if wanted is StartName.random or (wanted is StartName.auto and find_spec("torch") is None):
        return None
    from garrison.ciphers.networks import open_network
    from garrison.ciphers.recovery import network_start

    network = open_network()
    believed = network_start(crib, network)
    if believed is None and wanted is StartName.network:
        raise UsageError(
            f"the network does not read a crib of {len(crib.stream):,} letters",
            where="--start network",
            expected=f"{network.lengths[0]} letters or more",
            remedy="leave --start out",
        )
    return believed


def _print(found: "Recovery", *, spaces: bool) -> None:
    from garrison.ciphers.letters import as_text, in_groups

    number = len(found.keys)
    several = number > 1 or not found.fixed
    typer.echo(f"keys:     {f'at least {number:,} fit the crib' if several else '1 fits the crib'}")
    if several:
        typer.echo(f"left:     {found.likely:,}, judged by how the rest of the message reads")
    typer.echo(
        f"search:   {found.came} of the last {found.restarts} restarts came to one, the first after "
        f"{found.steps_to_first:,} steps; {found.steps:,} steps in {found.seconds:.1f} s"
    )
    alike = int(found.agreed.sum())
    dots = "" if found.fixed else f"; {alike:,} are the same with all of those keys, the others a dot"
    typer.echo(f"letters:  {len(found.agreed):,}{dots}")
    letters = "".join(
        letter if agreed else UNKNOWN
        for letter, agreed in zip(as_text(found.plaintext), found.agreed, strict=True)
    )
    typer.echo(letters.replace("Z", " ") if spaces else in_groups(letters))


def _write(out: Path, found: "Recovery") -> None:
    from garrison.ciphers.m209.key_list import key_list_facts
    from garrison.files import write_json

    likely = found.keys[: found.likely]
    names = [f"recovered-{number}" for number in range(1, len(likely) + 1)]
    write_json(out, {"key_lists": key_list_facts(likely, names)})


def _not_fixed(crib: "Crib", found: "Recovery") -> CheckFailed:
    letters = len(crib.stream)
    return CheckFailed(
        f"the key is not fixed: at least {len(found.keys):,} fit the crib, and {found.likely:,} are left",
        where=f"a crib of {letters:,} {'letter' if letters == 1 else 'letters'}",
        expected="a longer crib: some 75 letters fix most of a key, and the rest of the message what is left",
        remedy="guess the plaintext next to the crib, or trust the letters without a dot",
    )
