"""What the coordinator has decided before the first round."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from garrison.errors import UsageError
from garrison.federated.central_privacy import CentralPrivacy
from garrison.federated.local_training import LocalTraining
from garrison.federated.strategies import check_private_strategy, check_strategy
from garrison.files import sha256_of_json


@dataclass(frozen=True)
class Plan:
    """Which network is trained, how a party trains, how updates are brought together, and for how long.

    ``fraction`` of the parties is asked in each round, one at least (C of McMahan et al.). A round with fewer usable
    updates than ``minimum_parties`` ends the training with an error; the model of the last good round is kept.
    ``evaluate_every`` so many rounds, and after the last, the model is judged; with ``until_accuracy`` the training
    ends early at a judgement that reaches it. ``patience_s`` is how long a round waits for parties, in seconds.
    """

    network: str
    shape: tuple[int, ...]
    classes: int
    rounds: int
    how: LocalTraining = field(default_factory=LocalTraining)
    strategy: str = "fedavg"
    strategy_params: Mapping[str, float] = field(default_factory=dict)
    fraction: float = 1.0
    minimum_parties: int = 1
    central: CentralPrivacy | None = None
    evaluate_every: int = 1
    until_accuracy: float | None = None
    patience_s: float = 3600.0
    seed: int = 0

    def __post_init__(self) -> None:
        kind = check_strategy(self.strategy, self.strategy_params)
        for name in ("rounds", "minimum_parties", "evaluate_every"):
            if getattr(self, name) < 1:
                raise UsageError(f"{name} is {getattr(self, name)}", expected="1 or more")
        if not 0 < self.fraction <= 1:
            raise UsageError(f"fraction is {self.fraction}", expected="above 0, and 1 at most")
        if not 0 < self.patience_s < math.inf:
            raise UsageError(f"patience_s is {self.patience_s}", expected="seconds, above 0")
        if self.central is not None and kind.sees_parties:
            raise UsageError(
                f"the strategy {self.strategy!r} compares parties, and central privacy shows it their noisy sum only",
                remedy="take fedavg, fedavgm, fedprox or fedadam with central privacy",
            )
        if self.how.private is not None:
            check_private_strategy(self.strategy)

    def solved(self, *, smallest: int, participations: int) -> "Plan":
        """With the noise multipliers that spend what was aimed at.

        ``smallest`` is the number of records of the smallest party, to whom an epoch costs most, and
        ``participations`` how often a party is asked at most.
        """
        private, central = self.how.private, self.central
        if private is not None:
            private = private.solved(
                rate=self.how.rate(smallest), steps=participations * self.how.steps(smallest)
            )
        if central is not None:
            central = central.solved(fraction=self.fraction, rounds=self.rounds)
        return replace(self, how=replace(self.how, private=private), central=central)

    def lasting(self, asked: "Plan") -> "Plan":
        """This plan for as long as ``asked`` says, which has an equal ``digest``."""
        return replace(
            self, rounds=asked.rounds, until_accuracy=asked.until_accuracy, patience_s=asked.patience_s
        )

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        facts = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {
            **facts,
            "shape": list(self.shape),
            "how": self.how.to_dict(),
            "strategy_params": dict(self.strategy_params),
            "central": self.central.to_dict() if self.central is not None else None,
        }

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> "Plan":
        """From what ``to_dict`` wrote."""
        central = facts["central"]
        own = {
            "shape": tuple(facts["shape"]),
            "how": LocalTraining.from_dict(facts["how"]),
            "central": CentralPrivacy.from_dict(central) if central is not None else None,
        }
        return cls(**{**facts, **own})

    @property
    def digest(self) -> str:
        """What every round depends on: a training may go on only with an equal plan, for more rounds if it likes.

        The patience and the early end say how long to go on, not how. Where an epsilon is aimed at, the number of
        rounds decides the noise, and may not change.
        """
        facts = self.to_dict()
        free = ["until_accuracy", "patience_s", *([] if self.aims_at_epsilon else ["rounds"])]
        return sha256_of_json({name: value for name, value in facts.items() if name not in free})

    @property
    def aims_at_epsilon(self) -> bool:
        """Whether noise is to be found that spends a given epsilon."""
        return any(
            each is not None and each.target_epsilon is not None for each in (self.how.private, self.central)
        )
