"""What is asked of one family: fixed parameters, and those that are searched."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from garrison.detection.families import FAMILIES, Params
from garrison.errors import SettingsError

MOST_CANDIDATES = 10_000


@dataclass(frozen=True)
class FamilySpec:
    """One family in a competition.

    ``params`` are fixed. ``grid`` gives the values to try of others; an empty grid means the family's own small grid,
    less what ``params`` fixes. ``trials`` is how many draws an Optuna search makes.
    """

    name: str
    params: Mapping[str, Any] = field(default_factory=dict)
    grid: Mapping[str, list[Any]] = field(default_factory=dict)
    trials: int = 20

    def candidates(self) -> list[Params]:
        """Every combination of the grid over the fixed parameters, those of the family written out.

        >>> [each["C"] for each in FamilySpec("logistic_regression", grid={"C": [1.0, 2.0]}).candidates()]
        [1.0, 2.0]
        """
        family = FAMILIES[self.name]
        own = {key: values for key, values in family.grid.items() if key not in self.params}
        grid = dict(self.grid) or own
        family.complete({**dict.fromkeys(grid), **self.params} if self.name != "soft_voting" else self.params)
        for key, values in grid.items():
            if key in self.params:
                raise SettingsError(
                    f"{key!r} is both fixed and searched",
                    where=f"family {self.name}",
                    remedy="leave it in params or in grid",
                )
            if not isinstance(values, list | tuple) or not values:
                raise SettingsError(
                    f"the grid of {key!r} is {values!r}",
                    where=f"family {self.name}",
                    expected="a list of values to try",
                )
        total = 1
        for values in grid.values():
            total *= len(values)
        if total > MOST_CANDIDATES:
            raise SettingsError(
                f"the grid of {self.name} has {total:,} combinations",
                expected=f"at most {MOST_CANDIDATES:,}",
                remedy="use search: optuna, or fewer values",
            )
        combinations = itertools.product(*grid.values())
        drawn = (dict(zip(grid, values, strict=True)) for values in combinations)
        return [{**self.params, **each} for each in drawn]
