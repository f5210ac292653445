"""What privacy costs, held against published figures."""

import math

import pytest

from garrison.errors import UsageError
from garrison.federated.central_privacy import CentralPrivacy
from garrison.federated.ledger import Ledger, Spent, noise_for
from garrison.federated.party_privacy import PartyPrivacy
from garrison.federated.plan import Plan


def renyi_by_hand(noise: float, rate: float, steps: int, delta: float) -> float:
    """Mironov, Talwar, Zhang 2019, section 3.3, at whole orders; conversion of Canonne, Kamath, Steinke 2020."""
    found = []
    for order in range(2, 200):
        terms = [
            math.lgamma(order + 1)
            - math.lgamma(each + 1)
            - math.lgamma(order - each + 1)
            + each * math.log(rate)
            + (order - each) * math.log1p(-rate)
            + (each * each - each) / (2 * noise**2)
            for each in range(order + 1)
        ]
        most = max(terms)
        renyi = steps * (most + math.log(sum(math.exp(each - most) for each in terms))) / (order - 1)
        found.append(
            renyi + math.log((order - 1) / order) - (math.log(delta) + math.log(order)) / (order - 1)
        )
    return min(found)


@pytest.mark.parametrize(
    ("noise", "rate", "steps"),
    [(1.1, 256 / 60_000, 14_062), (4.0, 0.01, 10_000), (1.5, 0.04, 2250), (0.8, 0.05, 60)],
)
def test_epsilons_are_those_of_the_formula(noise: float, rate: float, steps: int) -> None:
    found = Ledger().more(noise=noise, rate=rate, steps=steps).epsilon(1e-5)
    wanted = renyi_by_hand(noise, rate, steps, 1e-5)
    assert 0.9 * wanted < found <= wanted + 1e-6


def test_they_are_below_what_was_published_with_looser_conversions() -> None:
    """Abadi et al. 2016, section 5: 1.26 by the moments accountant; Opacus tests its own with 7.33 since 2021."""
    assert 1.0 < Ledger().more(noise=4.0, rate=0.01, steps=10_000).epsilon(1e-5) < 1.26
    assert Ledger().more(noise=1.5, rate=0.04, steps=2250).epsilon(1e-5) == pytest.approx(7.33, abs=0.02)


def test_without_sampling_it_is_the_gaussian_mechanism() -> None:
    """For q = 1, the Rényi bound is min over a of a / (2 s^2) + conversion: known in closed form at each order."""
    sigma, delta = 2.0, 1e-5
    orders = [1 + each / 1000 for each in range(1, 100_000)]
    wanted = min(
        order / (2 * sigma**2)
        + math.log((order - 1) / order)
        - (math.log(delta) + math.log(order)) / (order - 1)
        for order in orders
    )
    assert Ledger().more(noise=sigma, rate=1.0, steps=1).epsilon(delta) == pytest.approx(wanted, rel=2e-3)


def test_runs_of_different_noise_add_up() -> None:
    one = Ledger().more(noise=1.0, rate=0.1, steps=5)
    both = one.more(noise=2.0, rate=0.1, steps=5)
    assert one.epsilon(1e-5) < both.epsilon(1e-5) < one.more(noise=1.0, rate=0.1, steps=5).epsilon(1e-5)
    assert Ledger.from_list(both.to_list()) == both
    assert both.more(noise=1.0, rate=1.0, steps=0) == both


def test_without_noise_nothing_is_private() -> None:
    assert Ledger().more(noise=0.0, rate=0.1, steps=1).epsilon(1e-5) == math.inf
    spent = Spent(math.inf, 1e-5, "example", ("a caveat",))
    assert Spent.from_dict(spent.to_dict()) == spent


@pytest.mark.parametrize("epsilon", [0.5, 3.0, 20.0])
def test_the_noise_found_spends_no_more_than_asked(epsilon: float) -> None:
    noise = noise_for(epsilon=epsilon, delta=1e-5, rate=0.05, steps=200)
    assert Ledger().more(noise=noise, rate=0.05, steps=200).epsilon(1e-5) <= epsilon
    assert Ledger().more(noise=noise - 0.01, rate=0.05, steps=200).epsilon(1e-5) > epsilon


def test_an_epsilon_that_no_noise_reaches_is_refused() -> None:
    with pytest.raises(UsageError, match="no noise keeps epsilon"):
        noise_for(epsilon=1e-6, delta=1e-5, rate=1.0, steps=10**9)


@pytest.mark.parametrize("kind", [PartyPrivacy, CentralPrivacy])
def test_either_noise_or_an_epsilon_is_given(kind: type) -> None:
    for wrong in ({}, {"noise_multiplier": 1.0, "target_epsilon": 1.0}):
        with pytest.raises(UsageError, match="needs one of"):
            kind(**wrong)
    for name, value in (("noise_multiplier", -1.0), ("delta", 0.0), ("delta", 1.0), ("delta", math.nan)):
        with pytest.raises(UsageError, match=name):
            kind(**{"noise_multiplier": 1.0, name: value})
    with pytest.raises(UsageError, match="target_epsilon"):
        kind(target_epsilon=0.0)


def test_a_plan_is_solved_for_its_smallest_party_and_its_rounds() -> None:
    from garrison.federated.local_training import LocalTraining

    how = LocalTraining(epochs=2, batch=10, private=PartyPrivacy(target_epsilon=5.0))
    plan = Plan(network="mlp", shape=(1, 8, 8), classes=10, rounds=4, how=how)
    solved = plan.solved(smallest=100, participations=4)
    assert solved.how.private is not None
    assert solved.how.private.noise_multiplier is not None
    whole = Ledger().more(noise=solved.how.private.noise_multiplier, rate=0.1, steps=80)
    assert 4.9 < whole.epsilon(1e-5) <= 5.0
    assert Plan.from_dict(solved.to_dict()) == solved
