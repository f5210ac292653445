"""One more round of a federation, as those who take part see it: what a party sends, or only the sum of all."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from garrison.federated import LocalTraining, NetworkModel, Party, seed_for, train_locally
from garrison.federated.choosing import participations
from garrison.federated.strategies import pull_of
from garrison.pipelines.federating.cells import Cell
from garrison.pipelines.federating.data import Sides
from garrison.pipelines.federating.recipes import plan_of
from garrison.pipelines.federating.settings import FederatedSettings

Weights = list[NDArray[np.float32]]


@dataclass(frozen=True)
class RoundSeen:
    """What comes of one round from ``before``: the weights ``after``, of one party or the mean of ``parties``."""

    before: NetworkModel
    after: NetworkModel
    how: LocalTraining
    parties: int


def one_round(before: NetworkModel, parties: Sequence[Party], how: LocalTraining, *, seed: int) -> RoundSeen:
    """The mean of what ``parties`` make of ``before``, weighted by their examples; with one party, its own weights."""
    made = [_trained(before, party, how, seed=seed_for(seed, party.name)) for party in parties]
    shares = np.array([len(party.y) for party in parties], dtype=np.float64)
    shares /= shares.sum()
    mean = [
        sum(share * each.astype(np.float64) for share, each in zip(shares, layers, strict=True))
        for layers in zip(*made, strict=True)
    ]
    after = before.with_weights([np.asarray(each, dtype=np.float32) for each in mean])
    return RoundSeen(before, after, how, len(parties))


def training_in_round(
    settings: FederatedSettings, cell: Cell, sides: Sides, *, smallest: int, seed: int, number: int = 1
) -> LocalTraining:
    """How a party trains in round ``number`` of the cell's plan for ``seed``, its noise found as the plan finds it.

    ``smallest`` is the number of records of the smallest party.
    """
    plan = plan_of(settings, cell, sides, seed=seed)
    how = replace(plan.how.at_round(number), proximal=pull_of(plan.strategy, plan.strategy_params))
    if how.private is None:
        return how
    names = [f"party-{place:03}" for place in range(settings.parties.count)]
    solved = plan.solved(smallest=smallest, participations=participations(names, plan))
    return replace(how, private=solved.how.private)


def _trained(before: NetworkModel, party: Party, how: LocalTraining, *, seed: int) -> Weights:
    model = before.with_weights(before.weights())
    train_locally(model.module, party.x, party.y, how, seed=seed, noise_seed=seed if how.private else None)
    return model.weights()
