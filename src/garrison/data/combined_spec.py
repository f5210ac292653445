"""Columns that are made of two others, which a model would otherwise have to piece together."""

from dataclasses import dataclass
from typing import Literal, get_args

How = Literal["share", "difference"]
HOWS: tuple[str, ...] = get_args(How)


@dataclass(frozen=True)
class Combined:
    """A column made of two features that are numbers.

    ``share`` is left / (left + right), from 0 to 1, and 0 where both are 0; ``difference`` is left - right.
    """

    name: str
    how: How
    left: str
    right: str
