"""Flower's own simulation, on Ray, gives the weights that ours gives."""

import importlib.util

import numpy as np
import pytest
from small_federations import digits, small_federation

from garrison.errors import UsageError
from garrison.federated.flower_simulation import train_in_flower


@pytest.mark.skipif(
    importlib.util.find_spec("ray") is None,
    reason="Ray is missing: pip install 'garrison[flower-simulation]'",
)
@pytest.mark.timeout(280)
@pytest.mark.filterwarnings("ignore")
def test_the_weights_are_those_of_flowers_simulation_to_the_last_bit() -> None:
    found = digits()
    federation = small_federation(3, rounds=2, strategy="fedavgm", momentum=0.5)
    ours = federation.train(test=(found.test_x, found.test_y))
    flowers = train_in_flower(federation, test=(found.test_x, found.test_y))
    for mine, theirs in zip(ours.model.weights(), flowers.model.weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)
    assert [(each.loss, each.accuracy) for each in ours.rounds] == [
        (each.loss, each.accuracy) for each in flowers.rounds
    ]


def test_without_ray_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *more: None if name == "ray" else find(name, *more)
    )
    with pytest.raises(UsageError, match="needs ray") as caught:
        train_in_flower(small_federation(2))
    assert caught.value.remedy == "pip install 'garrison[flower-simulation]'"
