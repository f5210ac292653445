"""``nan`` as the number of an option: refused by every command that has one."""

from collections.abc import Iterator

import click
import pytest
import typer
from click.types import FloatParamType

from garrison.cli.app import app
from garrison.cli.main import run_command
from garrison.cli.numbers import refuse_nan


def _numbers(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Parameter]]:
    for parameter in command.params:
        if isinstance(parameter.type, FloatParamType):
            yield " ".join((*path, parameter.opts[0])), parameter
    for name, below in getattr(command, "commands", {}).items():
        yield from _numbers(below, (*path, name))


def test_no_option_takes_nan() -> None:
    found = dict(_numbers(refuse_nan(typer.main.get_command(app))))
    assert len(found) > 20
    for name, parameter in found.items():
        with pytest.raises(click.BadParameter, match="not a number"):
            parameter.type.convert("nan", parameter, None)
        within = getattr(parameter.type, "max", None) or getattr(parameter.type, "min", None) or 0.5
        assert parameter.type.convert(str(within), parameter, None) == within, name


@pytest.mark.parametrize(
    "arguments",
    [
        ["ciphers", "recover", "HELLO", "--crib", "HELLO", "--seconds", "nan"],
        ["ciphers", "train", "--steps", "2", "--rate", "NaN"],
        ["federated", "party", "--give-up-after", "nan"],
    ],
)
def test_the_option_is_named(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(arguments) == 2
    told = capsys.readouterr().err
    assert "is not a number" in told
    assert arguments[-2] in told
