"""What a study found: every trial it made, and the best of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from garrison.detection.families import Params
from garrison.evaluation import metric as metric_named

Status = Literal["complete", "pruned", "refused"]


@dataclass(frozen=True)
class Tried:
    """One trial: what was drawn, how it ended, and the metric on each fold that was fitted.

    ``value`` is the mean over those folds, None where the family refused the parameters for the ``reason`` given.
    """

    place: int
    params: Params
    status: Status
    value: float | None
    folds: tuple[float, ...]
    reason: str = ""
    seconds: float = field(default=0.0, compare=False)


@dataclass(frozen=True)
class Tuned:
    """The best trial's ``params``, every one of the family's written out, and its ``value``; all ``trials`` in order.

    ``importance`` says how much each drawn parameter mattered for reaching the best tenth (PED-ANOVA, Watanabe et al.
    2023), in shares of 1; empty where there are too few trials to say.
    """

    family: str
    metric: str
    params: Params
    value: float
    trials: tuple[Tried, ...] = field(repr=False)
    importance: dict[str, float] = field(default_factory=dict)

    @property
    def ranking(self) -> tuple[Tried, ...]:
        """The trials that came to their end, best first; of equal ones the earlier."""
        return ranked(self.trials, self.metric)

    @property
    def best(self) -> Tried:
        """The trial whose parameters are ``params``."""
        return self.ranking[0]

    @property
    def pruned(self) -> int:
        """How many trials ended early."""
        return sum(each.status == "pruned" for each in self.trials)

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON values."""
        return {
            "family": self.family,
            "metric": self.metric,
            "params": self.params,
            "value": self.value,
            "pruned": self.pruned,
            "importance": self.importance,
            "trials": [
                {
                    "place": each.place,
                    "params": each.params,
                    "status": each.status,
                    "value": each.value,
                    "folds": list(each.folds),
                    "reason": each.reason,
                }
                for each in self.trials
            ],
        }


def ranked(trials: Sequence[Tried], metric: str) -> tuple[Tried, ...]:
    """The complete ones among ``trials``, best first by ``metric``; of equal ones the earlier."""
    sign = -1.0 if metric_named(metric).greater_is_better else 1.0
    whole = [(each.value, each) for each in trials if each.status == "complete" and each.value is not None]
    return tuple(each for _, each in sorted(whole, key=lambda each: (sign * each[0], each[1].place)))
