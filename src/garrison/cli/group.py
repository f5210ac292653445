"""A group of commands, such as `garrison models`: what is the same for every one of them."""

from typing import Any

import typer


def group(about: str, **more: Any) -> typer.Typer:
    """A group whose help begins with ``about``; without a command it prints its help, unless ``more`` says otherwise.

    A mistyped command is told what was meant by Click; Typer would tell it a second time.
    """
    return typer.Typer(help=about, suggest_commands=False, **{"no_args_is_help": True, **more})
