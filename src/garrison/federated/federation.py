"""Parties that train one model together on this machine: the noun of this room."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from garrison.errors import UsageError
from garrison.federated.coordinator import Judge, OnRound, coordinate
from garrison.federated.exchange import Exchange, in_the_clear
from garrison.federated.in_process import AppOf, InProcessGrid
from garrison.federated.party import Party
from garrison.federated.party_app import party_app
from garrison.federated.plan import Plan
from garrison.federated.trained import Trained


@dataclass(frozen=True)
class Federation:
    """The ``parties``, and the ``plan`` they train by.

    ``exchange`` and ``app_of`` are the two ends of the talk between them: in the clear, unless both are replaced, as by
    secure aggregation.
    """

    parties: Sequence[Party]
    plan: Plan
    exchange: Exchange = field(default=in_the_clear)
    app_of: AppOf = field(default=party_app)

    def __post_init__(self) -> None:
        names = [party.name for party in self.parties]
        if twice := {name for name in names if names.count(name) > 1}:
            raise UsageError(f"two parties are called {min(twice)!r}", expected="a name of its own for each")
        if not names:
            raise UsageError("the federation has no parties", expected="one at least")
        for party in self.parties:
            if tuple(party.x.shape[1:]) != self.plan.shape:
                raise UsageError(
                    f"the records of {party.name!r} have the shape {party.x.shape[1:]}",
                    expected=f"{self.plan.shape}, as the plan says",
                )

    def train(
        self,
        *,
        test: Judge | None = None,
        folder: Path | None = None,
        jobs: int = 1,
        noise_secret: int | None = None,
        on_round: OnRound | None = None,
    ) -> Trained:
        """Run the rounds in ``jobs`` processes; see ``coordinate`` for the rest and for what is raised.

        Equal parties and plans give equal weights, whatever ``jobs`` is, and however often it was broken off.

        >>> from garrison.federated.images import read_images
        >>> from garrison.federated.partitions import iid
        >>> from garrison.federated.party import parties_of
        >>> digits = read_images("digits")
        >>> parties = parties_of(digits.x, digits.y, iid(digits.y, parties=3, seed=0))
        >>> plan = Plan(network="mlp", shape=digits.shape, classes=10, rounds=2)
        >>> trained = Federation(parties, plan).train(test=(digits.test_x, digits.test_y))
        >>> [(each.number, each.answered) for each in trained.rounds], trained.accuracy > 0.5
        ([(1, 3), (2, 3)], True)
        """
        with InProcessGrid(self.parties, jobs=jobs, app_of=self.app_of) as grid:
            return coordinate(
                grid,
                self.plan,
                test=test,
                folder=folder,
                exchange=self.exchange,
                noise_secret=noise_secret,
                on_round=on_round,
            )
