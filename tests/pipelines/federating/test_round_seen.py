"""A round that is attacked is a round of the plan: its rate, its pull and its noise."""

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("torch", reason="federations need PyTorch: pip install 'garrison[federated]'")
pytest.importorskip("flwr", reason="federations need Flower: pip install 'garrison[federated]'")

from garrison.federated.choosing import participations
from garrison.pipelines.federating.cells import Cell
from garrison.pipelines.federating.data import Sides
from garrison.pipelines.federating.recipes import plan_of
from garrison.pipelines.federating.round_seen import training_in_round
from garrison.pipelines.federating.settings import FederatedSettings, load_federated_settings


def sides() -> Sides:
    x, y = np.zeros((4, 1, 8, 8), np.float32), np.zeros(4, np.int64)
    return Sides("none", 10, x, y, x, y, x, y, x, y)


def settings(*more: str) -> FederatedSettings:
    return load_federated_settings(None, overrides=more)


def cell(of: FederatedSettings, way: str) -> Cell:
    return next(each for each in of.cells if each.way == way)


def test_noise_is_that_of_the_parties_who_are_asked_most() -> None:
    given = settings("parties.count=10", "parties.fraction=0.3", "federation.rounds=5")
    private = cell(given, "private")
    plan = plan_of(given, private, sides(), seed=3)
    names = [f"party-{place:03}" for place in range(10)]
    asked = participations(names, plan)
    assert 2 < asked < 5, "more often than 0.3 of 5 rounds, and not always"
    how = training_in_round(given, private, sides(), smallest=80, seed=3)
    assert how.private == plan.solved(smallest=80, participations=asked).how.private


def test_rate_falls_as_it_does_in_the_plan_and_fedprox_pulls() -> None:
    given = settings(
        "ways=[federated]",
        "federation.decay=0.5",
        "federation.strategy=fedprox",
        "federation.learning_rate=0.4",
    )
    how = training_in_round(given, cell(given, "federated"), sides(), smallest=80, seed=0, number=3)
    assert how.learning_rate == pytest.approx(0.1)
    assert how.proximal == 0.01
    first = training_in_round(given, cell(given, "federated"), sides(), smallest=80, seed=0)
    assert replace(how, learning_rate=0.4) == first
