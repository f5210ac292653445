"""How the candidates of a search did, best first."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from garrison.detection.crossval import CrossValidation
from garrison.detection.families import Params
from garrison.detection.families.base import Floats
from garrison.evaluation import Interval, metric


@dataclass(frozen=True)
class LeaderboardRow:
    """One candidate: the chosen metric with its interval over the folds, and everything else that was measured."""

    metric: str
    result: CrossValidation

    @property
    def family(self) -> str:
        """The candidate's family."""
        return self.result.family

    @property
    def params(self) -> Params:
        """The candidate's parameters, all written out."""
        return self.result.params

    @property
    def interval(self) -> Interval:
        """The mean of the metric over the folds, with Student's t interval."""
        return self.result.interval(self.metric)

    @property
    def out_of_fold(self) -> Floats:
        """The score ``(n,)`` of each row by the model that had not seen its group."""
        return self.result.out_of_fold

    @property
    def seconds(self) -> float:
        """How long its fits took together, on one thread each."""
        return self.result.seconds

    def to_dict(self) -> dict[str, Any]:
        """The row as JSON values; without times, so that equal searches give equal rows.

        ``mean``, ``low`` and ``high`` are of the chosen metric; ``metrics`` has the same for each metric.
        """
        found = self.interval
        metrics = {name: asdict(self.result.interval(name)) for name in self.result.fold_values}
        return {
            "family": self.family,
            "params": self.params,
            "metric": self.metric,
            "mean": found.value,
            "low": found.low,
            "high": found.high,
            "folds": list(self.result.fold_values[self.metric]),
            "metrics": metrics,
        }


@dataclass(frozen=True)
class Leaderboard:
    """The rows of a search, best first; equally good ones stand in the order in which they were asked for."""

    metric: str
    rows: tuple[LeaderboardRow, ...]

    @classmethod
    def of(cls, name: str, results: Sequence[CrossValidation]) -> "Leaderboard":
        """The results, ordered by the metric of that name."""
        sign = -1.0 if metric(name).greater_is_better else 1.0
        order = np.argsort([sign * result.means[name] for result in results], kind="stable")
        return cls(name, tuple(LeaderboardRow(name, results[place]) for place in order))

    @property
    def best(self) -> LeaderboardRow:
        """The first row."""
        return self.rows[0]

    @property
    def best_of_each(self) -> tuple[LeaderboardRow, ...]:
        """The best row of each family, best first."""
        first: dict[str, LeaderboardRow] = {}
        for row in self.rows:
            first.setdefault(row.family, row)
        return tuple(first.values())
