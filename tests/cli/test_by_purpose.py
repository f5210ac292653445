"""`garrison --help` fits a screen, and every command stands in it once."""

import re
import subprocess
import sys
from collections.abc import Iterator

import click
import typer

from garrison.cli.app import app
from garrison.cli.by_purpose import PURPOSES, left_over


def test_every_command_stands_under_one_purpose() -> None:
    commands = list(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
    named = [name for wanted in PURPOSES.values() for name in wanted]
    assert left_over(commands) == []
    assert sorted(named) == sorted(commands)


def test_the_help_fits_a_screen() -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "garrison", "--help"],
        capture_output=True,
        text=True,
        check=True,
        env={"COLUMNS": "80", "PATH": "/usr/bin:/bin"},
    ).stdout
    lines = shown.rstrip().splitlines()
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 80
    assert re.search(r"attack a model +attack, poison, steal, privacy", shown)


def test_no_help_escapes_its_brackets() -> None:
    def pages(command: click.Command, names: tuple[str, ...] = ()) -> Iterator[str]:
        yield command.get_help(click.Context(command, info_name=" ".join(names)))
        for name, inner in getattr(command, "commands", {}).items():
            yield from pages(inner, (*names, name))

    shown = list(pages(typer.main.get_command(app)))
    assert len(shown) > 40
    assert any("[required]" in page for page in shown)
    assert not any("\\[" in page for page in shown)


def test_a_command_without_a_purpose_is_still_found() -> None:
    assert left_over(["demo", "brand-new"]) == ["brand-new"]
