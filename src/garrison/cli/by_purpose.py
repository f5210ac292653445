"""`garrison --help`: the commands by what a person wants, on one screen."""

import click
from typer.core import TyperGroup

PURPOSES = {
    "see it work": ("demo", "doctor"),
    "get and prepare events": ("datasets", "simulate", "ingest", "process"),
    "make a detector": ("run", "train", "crossvalidate", "tune"),
    "attack a model": ("attack", "poison", "steal", "privacy"),
    "make one harder to attack": ("defend",),
    "sign a model off": ("scorecard", "keys", "sign", "verify"),
    "put it into production": ("models", "promote", "rollback", "push"),
    "score events": ("score", "stream", "serve", "encrypted"),
    "keep watch": ("monitor", "runs"),
    "train with other parties": ("federated",),
    "learn from ciphertext": ("ciphers",),
}
LEFT_OVER = "more"


class ByPurpose(TyperGroup):
    """The commands of ``PURPOSES`` in its order; one that stands under no purpose comes last."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write a line for every purpose, with its commands."""
        shown = [name for name in self.list_commands(ctx) if not self.commands[name].hidden]
        lines = []
        for purpose, wanted in {**PURPOSES, LEFT_OVER: tuple(left_over(shown))}.items():
            here = [name for name in wanted if name in shown]
            if here:
                lines.append((purpose, ", ".join(here)))
        with formatter.section("Commands, by what you want (garrison COMMAND -h tells more)"):
            formatter.write_dl(lines)


def left_over(names: list[str]) -> list[str]:
    """The commands that stand under no purpose."""
    named = {name for wanted in PURPOSES.values() for name in wanted}
    return [name for name in names if name not in named]
