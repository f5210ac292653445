"""How each cell trains: the settings of a run as the plan of a federation, or as one model's training."""

import numpy as np
from numpy.typing import NDArray

from garrison.federated import PARTITIONS, LocalTraining, PartyPrivacy, Plan
from garrison.pipelines.federating.cells import Cell
from garrison.pipelines.federating.data import Sides
from garrison.pipelines.federating.settings import (
    ConventionalSettings,
    FederatedSettings,
    FederationSettings,
)

Ints = NDArray[np.int64]


def pooled_training(settings: FederatedSettings) -> LocalTraining:
    """How a conventional cell learns."""
    return _plain(settings.conventional)


def _plain(given: ConventionalSettings | FederationSettings) -> LocalTraining:
    return LocalTraining(
        epochs=given.epochs,
        batch=given.batch,
        learning_rate=given.learning_rate,
        momentum=given.momentum,
        weight_decay=given.weight_decay,
        decay=given.decay,
    )


def local_training(settings: FederatedSettings, cell: Cell) -> LocalTraining:
    """How a party of a federated cell learns in a round; with DP, ``private`` aims at the cell's epsilon."""
    given, private = settings.federation, settings.private
    if cell.way != "private":
        return _plain(given)
    return LocalTraining(
        epochs=given.epochs,
        batch=private.batch,
        learning_rate=private.learning_rate,
        momentum=private.momentum,
        decay=given.decay,
        private=PartyPrivacy(
            max_grad_norm=private.max_grad_norm, target_epsilon=cell.epsilon, delta=private.delta
        ),
    )


def plan_of(settings: FederatedSettings, cell: Cell, sides: Sides, *, seed: int) -> Plan:
    """The plan of a federated cell for one seed."""
    given = settings.federation
    return Plan(
        network=cell.network,
        shape=sides.shape,
        classes=sides.classes,
        rounds=given.rounds,
        how=local_training(settings, cell),
        strategy=given.strategy,
        strategy_params=given.options,
        fraction=settings.parties.fraction,
        minimum_parties=settings.parties.minimum,
        evaluate_every=given.evaluate_every,
        until_accuracy=given.until_accuracy,
        seed=seed,
    )


def dealt(settings: FederatedSettings, y: Ints, *, seed: int) -> list[Ints]:
    """The rows of each party."""
    given = settings.parties
    more = {"alpha": given.alpha} if given.partition == "dirichlet" else {}
    return PARTITIONS[given.partition](y, parties=given.count, seed=seed, **more)
