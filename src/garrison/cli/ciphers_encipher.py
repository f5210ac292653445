"""`garrison ciphers encipher` and `decipher`: one message, as an operator of the M-209 would."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from garrison.errors import UsageError

MOST_CHARACTERS = 1 << 24

Text = Annotated[
    str, typer.Argument(metavar="TEXT", help="The message; - or nothing reads it from standard input.")
]
Key = Annotated[Path, typer.Option("--key", help="A JSON file with a key list: bars and pins_effective.")]
Indicator = Annotated[str, typer.Option(help="What the six wheels show first.")]
SystemIndicator = Annotated[
    str | None,
    typer.Option(
        metavar="LETTER",
        help="Begin where this letter, enciphered twelve times from --indicator, sets the wheels.",
    ),
]
ListName = Annotated[str | None, typer.Option("--list", help="Which key list, where the file has several.")]


def encipher(
    key: Key,
    text: Text = "-",
    indicator: Indicator = "AAAAAA",
    system_indicator: SystemIndicator = None,
    key_list: ListName = None,
    spaces: Annotated[
        bool,
        typer.Option("--spaces", help="Write Z for the space, as operators did; else spaces are left out."),
    ] = False,
) -> None:
    """Print the ciphertext in groups of five."""
    from garrison.ciphers.letters import in_groups

    begin = indicator, system_indicator
    typer.echo(in_groups(_through_machine(key, key_list, begin, text, spaces=spaces)))


def decipher(
    key: Key,
    text: Text = "-",
    indicator: Indicator = "AAAAAA",
    system_indicator: SystemIndicator = None,
    key_list: ListName = None,
    spaces: Annotated[
        bool, typer.Option("--spaces", help="Print a space for Z, as the machine did; else groups of five.")
    ] = False,
) -> None:
    """Print the plaintext in groups of five, or with --spaces in words; a Z of the message itself is then lost."""
    from garrison.ciphers.letters import in_groups

    begin = indicator, system_indicator
    found = _through_machine(key, key_list, begin, text, spaces=False)
    typer.echo(found.replace("Z", " ") if spaces else in_groups(found))


def _through_machine(
    key: Path, key_list: str | None, begin: tuple[str, str | None], text: str, *, spaces: bool
) -> str:
    from garrison.ciphers.letters import as_text, message_letters
    from garrison.ciphers.m209.indicators import internal_indicator, parse_indicator
    from garrison.ciphers.m209.key_list import read_key_list
    from garrison.ciphers.m209.machine import M209

    indicator, letter = begin
    start = parse_indicator(indicator)
    chosen = read_key_list(key, key_list)
    if letter is not None:
        start = parse_indicator(internal_indicator(chosen.keys, indicator, letter))
    letters = message_letters(read_text() if text == "-" else text, spaces=spaces)
    return as_text(M209().encrypt(chosen.keys, letters[None], indicators=start)[0])


def read_text() -> str:
    """What stands on standard input; ``UsageError`` where that is too long."""
    sys.stdin.reconfigure(errors="replace")  # type: ignore[union-attr]
    found = sys.stdin.read(MOST_CHARACTERS + 1)
    if len(found) > MOST_CHARACTERS:
        raise UsageError("the message is too long", expected=f"at most {MOST_CHARACTERS:,} characters")
    return found


def is_standard_input(path: Path) -> bool:
    """Whether the file that standard input reads is the one at ``path``."""
    try:
        return os.path.samestat(os.fstat(0), path.stat())
    except OSError:
        return False
