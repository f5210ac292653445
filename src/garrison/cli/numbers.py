"""Numbers on the command line: ``nan``, which is in no range and out of none, is refused for every option."""

import copy
import math
from typing import Any

import click
from click.types import FloatParamType


def refuse_nan(command: click.Command) -> click.Command:
    """``command``, and those below it, with no option that takes ``nan``."""
    for parameter in command.params:
        if isinstance(parameter.type, FloatParamType):
            parameter.type = _told(parameter.type)
    for below in getattr(command, "commands", {}).values():
        refuse_nan(below)
    return command


def _told(kind: FloatParamType) -> FloatParamType:
    def convert(value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        number = kind.convert(value, param, ctx)
        if math.isnan(number):
            kind.fail(f"{value!r} is not a number.", param, ctx)
        return number

    checked = copy.copy(kind)
    vars(checked)["convert"] = convert
    return checked
