"""Each strategy aggregates as its paper says, and its memory survives being written down."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from small_federations import small_federation

from garrison.errors import ModelError, UsageError
from garrison.federated.aggregation import Aggregator
from garrison.federated.in_process import InProcessGrid
from garrison.federated.plan import Plan
from garrison.federated.strategies import STRATEGIES, build_strategy, check_strategy
from garrison.federated.updates import Update, usable

START: dict[str, Any] = {"a": np.zeros((2, 2), np.float32), "b": np.zeros(1, np.float32)}


def update(party: str, value: float, examples: float = 1) -> Update:
    arrays = {name: np.full(each.shape, value, np.float32) for name, each in START.items()}
    return Update(party, arrays, examples)


def plan(strategy: str, **params: float) -> Plan:
    return Plan(
        network="mlp", shape=(1, 8, 8), classes=10, rounds=5, strategy=strategy, strategy_params=params
    )


def aggregate(
    strategy: str, rounds: list[list[Update]], params: Mapping[str, float] | None = None
) -> list[float]:
    """The first weight after each round."""
    found, weights = [], dict(START)
    with InProcessGrid([]):
        one = Aggregator(plan(strategy, **(params or {})), [*START], {})
        for number, updates in enumerate(rounds, start=1):
            one.messages(number, weights, [1])
            weights = one.weights(number, updates, weights, parties=len(updates), noise_seed=0)
            assert {name: each.shape for name, each in weights.items()} == {"a": (2, 2), "b": (1,)}
            assert all(each.dtype == np.float32 for each in weights.values())
            found.append(float(np.asarray(weights["a"], float)[0, 0]))
    return found


FIVE = [update(str(place), value) for place, value in enumerate([1.0, 2.0, 3.0, 4.0, 100.0])]


def test_fedavg_is_the_mean_by_examples() -> None:
    assert aggregate("fedavg", [[update("a", 1.0, 3), update("b", 5.0, 1)]]) == [2.0]


def test_fedavgm_remembers_where_it_was_going() -> None:
    found = aggregate("fedavgm", [[update("a", 1.0)], [update("a", 1.0)]], {"server_momentum": 0.5})
    assert found == [1.0, 1.5]


def test_fedadam_takes_steps_of_its_own_length() -> None:
    delta, eta, beta_1, beta_2, tau = 1.0, 0.1, 0.9, 0.99, 0.001
    moment, square = (1 - beta_1) * delta, (1 - beta_2) * delta**2
    rate = eta * np.sqrt(1 - beta_2**2) / (1 - beta_1**2)
    wanted = rate * moment / (np.sqrt(square) + tau)
    found = aggregate("fedadam", [[update("a", delta)]], {"eta": eta, "tau": tau})
    assert found[0] == pytest.approx(wanted, rel=1e-5)


def test_the_robust_ones_are_not_moved_by_one_far_away() -> None:
    assert aggregate("median", [FIVE]) == [3.0]
    assert aggregate("trimmed_mean", [FIVE], {"beta": 0.2}) == [3.0]
    assert aggregate("krum", [FIVE], {"num_malicious_nodes": 1})[0] in (1.0, 2.0, 3.0, 4.0)
    assert aggregate("fedavg", [FIVE]) == [22.0]


def test_fedprox_tells_the_parties_its_pull() -> None:
    near = small_federation(2, rounds=1, epochs=5, strategy="fedprox", strategy_params={"proximal_mu": 5.0})
    far = small_federation(2, rounds=1, epochs=5)
    pulled = small_federation(2, rounds=1, epochs=5, proximal=5.0)
    for one, other in zip(near.train().model.weights(), pulled.train().model.weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert any(
        not np.array_equal(one, other)
        for one, other in zip(near.train().model.weights(), far.train().model.weights(), strict=True)
    )


@pytest.mark.parametrize("name", sorted(STRATEGIES))
def test_every_strategy_trains_and_goes_on_from_its_memory(name: str) -> None:
    rounds = [[update("a", 1.0), update("b", 2.0), update("c", 2.5)], [update("a", 1.0), update("b", 3.0)]]
    whole = aggregate(name, rounds)
    assert np.isfinite(whole).all()
    assert whole[-1] != 0
    with InProcessGrid([]):
        first = Aggregator(plan(name), [*START], {})
        first.messages(1, START, [1])
        weights = first.weights(1, rounds[0], START, parties=3, noise_seed=0)
        second = Aggregator(plan(name), [*START], first.memory())
        second.messages(2, weights, [1])
        found = second.weights(2, rounds[1], weights, parties=2, noise_seed=0)
    assert float(np.asarray(found["a"], float)[0, 0]) == whole[-1]


def test_unknown_names_and_parameters_are_refused() -> None:
    with pytest.raises(UsageError, match="no strategy is called 'sgd'"):
        check_strategy("sgd", {})
    with pytest.raises(UsageError, match="takes no 'eta'"):
        check_strategy("fedavg", {"eta": 1.0})
    with pytest.raises(UsageError, match="cannot be made"):
        build_strategy("trimmed_mean", {"beta": 0.7})


def test_what_cannot_be_aggregated_is_an_error() -> None:
    with pytest.raises(ModelError, match=r"made nothing|could not aggregate"):
        aggregate("fedavg", [[]])


@pytest.mark.parametrize("examples", [0, -1, float("nan"), float("inf"), 1e12])
def test_an_impossible_number_of_examples_is_refused(examples: float) -> None:
    kept, refused = usable([update("a", 1.0, examples), update("b", 1.0)], START)
    assert [each.party for each in kept] == ["b"]
    assert "examples" in refused[0].reason


def test_a_change_a_thousand_times_the_others_is_too_large_and_a_smaller_one_is_not() -> None:
    ordinary: list[Any] = [update(str(place), 1.0) for place in range(3)]
    kept, refused = usable([*ordinary, update("large", 900.0)], START)
    assert (len(kept), refused) == (4, ())
    kept, refused = usable([*ordinary, update("large", 1100.0)], START)
    assert [each.party for each in refused] == ["large"]
    kept, refused = usable([update("a", 1.0), update("b", 1e6)], START)
    assert [each.party for each in refused] == ["b"]
    assert len(usable([*ordinary, update("large", 1e30)], START, most=None)[0]) == 4
