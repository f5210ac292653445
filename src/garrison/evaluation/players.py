"""Which columns of a matrix are one feature: the one-hot columns of a category play together."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Player:
    """One feature: its name, the places of its columns, and for a category the name of each column's value."""

    name: str
    columns: tuple[int, ...]
    categories: tuple[str, ...] = ()

    def values_in(self, X: NDArray[np.float64]) -> NDArray[np.float64]:
        """What each row of ``X`` (n, d) has, ``(n,)``: its number, or the place of its category.

        A category is the column above zero, scaled or not; -1 stands for a row that has none of them.
        """
        own = X[:, list(self.columns)].astype(np.float64)
        if not self.categories:
            return own[:, 0]
        return np.where(own.max(axis=1) > 0, own.argmax(axis=1), -1.0)


def players_of(names: Sequence[str]) -> tuple[Player, ...]:
    """The features behind columns of these names, in the order in which they come first.

    Neighbouring columns named ``column=value`` for one column are one feature; every other column stands alone.

    >>> [(player.name, player.columns) for player in players_of(["bytes", "service=http", "service=dns"])]
    [('bytes', (0,)), ('service', (1, 2))]
    """
    found: list[Player] = []
    for place, name in enumerate(names):
        column, equals, value = name.partition("=")
        if not equals or not column:
            found.append(Player(name, (place,)))
        elif found and found[-1].categories and found[-1].name == column:
            last = found.pop()
            found.append(Player(column, (*last.columns, place), (*last.categories, value)))
        else:
            found.append(Player(column, (place,), (value,)))
    return tuple(found)
