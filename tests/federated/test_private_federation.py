"""Privacy in a federation: at the parties, and at the coordinator."""

import json
import math
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from small_federations import Misbehaving, infinite, small_federation, small_parties, small_plan

from garrison.errors import UsageError
from garrison.federated.central_privacy import CentralPrivacy, private_mean
from garrison.federated.federation import Federation
from garrison.federated.ledger import Ledger
from garrison.federated.messages import LEDGER
from garrison.federated.party import Party
from garrison.federated.party_app import dearest, party_app
from garrison.federated.party_privacy import PartyPrivacy
from garrison.federated.seeds import draws_for
from garrison.federated.updates import Update


def test_parties_spend_what_was_aimed_at_and_no_round_spends_nothing() -> None:
    trained = small_federation(
        3, rounds=3, fraction=0.67, private=PartyPrivacy(target_epsilon=4.0, delta=1e-4)
    ).train()
    assert trained.spent is not None
    assert 3.8 < trained.spent.epsilon <= 4.0
    assert trained.spent.unit == "example"
    epsilons = [each.epsilon or 0.0 for each in trained.rounds]
    assert epsilons == sorted(epsilons)
    assert epsilons[0] > 0
    assert epsilons[-1] == trained.spent.epsilon
    assert any("seed" in caveat for caveat in trained.spent.caveats)


def test_noise_at_the_parties_changes_the_model() -> None:
    plain, quiet, noisy = (
        small_federation(3, rounds=1, private=private).train().model.weights()
        for private in (
            None,
            PartyPrivacy(noise_multiplier=0.0, max_grad_norm=0.5),
            PartyPrivacy(noise_multiplier=2.0, max_grad_norm=0.5),
        )
    )
    norms = [
        math.sqrt(sum(float(np.square(one - other).sum()) for one, other in zip(quiet, each, strict=True)))
        for each in (plain, noisy)
    ]
    assert norms[1] > norms[0]


def test_the_loss_of_private_records_stays_at_the_party() -> None:
    from flwr.app import Message, MessageType
    from flwr.app import RecordDict as Records

    from garrison.federated.in_process import FIRST_NODE, InProcessGrid
    from garrison.federated.messages import ARRAYS, CONFIG, METRICS, array_record, plan_record
    from garrison.federated.model import new_model

    for private, figures in (
        (None, {"num-examples", "loss"}),
        (PartyPrivacy(noise_multiplier=1.0), {"num-examples", "epsilon"}),
    ):
        plan = small_plan(private=private)
        model = new_model("mlp", shape=(1, 8, 8), classes=10, seed=0)
        config = plan_record(plan)
        config["server-round"] = 1
        weights = array_record(dict(zip(model.names, model.weights(), strict=True)))
        with InProcessGrid(small_parties(2)) as grid:
            content = Records({ARRAYS: weights, CONFIG: config})
            (reply,) = grid.send_and_receive([Message(content, FIRST_NODE, MessageType.TRAIN)])
        assert {*reply.content.metric_records[METRICS]} == figures


def test_a_restarted_coordinator_remembers_what_parties_have_spent(tmp_path: Path) -> None:
    plan = {"rounds": 3, "private": PartyPrivacy(noise_multiplier=1.0)}
    whole = small_federation(2, **plan).train()
    small_federation(2, **{**plan, "rounds": 2}).train(folder=tmp_path)
    resumed = small_federation(2, **plan).train(folder=tmp_path)
    assert whole.spent is not None
    assert whole.spent == resumed.spent
    for one, other in zip(whole.model.weights(), resumed.model.weights(), strict=True):
        np.testing.assert_array_equal(one, other)


class Frugal:
    """Makes apps of which one party's declines to spend more than a little."""

    def __init__(self, name: str, most: float) -> None:
        self.name, self.most = name, most

    def __call__(self, source: "object") -> object:
        mine = source(None).name == self.name  # type: ignore[operator]
        return party_app(source, most_epsilon=self.most if mine else None)  # type: ignore[arg-type]


def test_a_party_is_not_talked_into_a_delta_that_hides_the_cost() -> None:
    parties = small_parties(3)
    plan = small_plan(rounds=1, private=PartyPrivacy(noise_multiplier=1.0, delta=0.9))
    trained = Federation(parties, plan, app_of=Frugal(parties[0].name, 100.0)).train()
    assert "lets one of them be told" in trained.rounds[0].refused[0].reason


def test_the_dearer_of_two_ledgers_counts_however_many_steps_the_other_tells() -> None:
    own = Ledger().more(noise=1.0, rate=0.25, steps=8)
    cheap = Ledger().more(noise=1000.0, rate=1e-6, steps=10**6)
    for told, remembered in ((cheap, own), (own, cheap), (own, Ledger())):
        config = {LEDGER: json.dumps(told.to_list())}
        context = SimpleNamespace(state={LEDGER: {LEDGER: json.dumps(remembered.to_list())}})
        assert dearest(config, context, delta=1e-5).to_list() == own.to_list()


def test_fedprox_and_private_steps_do_not_go_together() -> None:
    with pytest.raises(UsageError, match="fedprox"):
        small_plan(rounds=1, strategy="fedprox", private=PartyPrivacy(noise_multiplier=1.0))


def test_a_party_declines_to_spend_more_than_it_allows() -> None:
    parties = small_parties(3)
    plan = small_plan(rounds=4, private=PartyPrivacy(noise_multiplier=1.0))
    one_round = Ledger().more(noise=1.0, rate=20 / 80, steps=4).epsilon(1e-5)
    frugal = Frugal(parties[0].name, one_round + 0.5)
    trained = Federation(parties, plan, app_of=frugal).train()
    refused = [[each.party for each in one.refused] for one in trained.rounds]
    assert refused[0] == []
    assert refused[-1] == [parties[0].name]
    assert "would have spent an epsilon" in trained.rounds[-1].refused[0].reason
    public = Federation(parties, small_plan(rounds=1), app_of=frugal).train()
    assert "with differential privacy only" in public.rounds[0].refused[0].reason


def test_a_party_whose_epsilon_is_used_up_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    from garrison.federated import coordinator

    monkeypatch.setattr(coordinator, "participations", lambda *_: 2)
    trained = small_federation(2, rounds=3, minimum_parties=1, private=PartyPrivacy(target_epsilon=3.0))
    from garrison.errors import ModelError

    with pytest.raises(ModelError, match="round 3 has 0 usable updates") as caught:
        trained.train()
    assert "its privacy is spent" in caught.value.where


def test_central_noise_and_clipping_are_what_they_should_be() -> None:
    sent = {"w": np.zeros(20_000, np.float32)}
    far, near = np.zeros(20_000, np.float32), np.zeros(20_000, np.float32)
    far[0], near[1] = 50.0, 0.5
    updates = [Update("far", {"w": far}, 10), Update("near", {"w": near}, 1000)]
    quiet = private_mean(
        updates, sent, CentralPrivacy(clip=2.0, noise_multiplier=0.0), expected=4, draws=draws_for(0)
    )
    assert quiet["w"][:3].tolist() == [2.0 / 4, 0.5 / 4, 0.0]
    noisy = private_mean(
        updates, sent, CentralPrivacy(clip=2.0, noise_multiplier=3.0), expected=4, draws=draws_for(0)
    )
    noise = noisy["w"] - quiet["w"]
    assert noise.std() == pytest.approx(2.0 * 3.0 / 4, rel=0.03)
    assert abs(noise.mean()) < 0.05


def test_central_privacy_hides_parties_and_says_what_it_cost() -> None:
    central = CentralPrivacy(clip=0.5, target_epsilon=6.0, delta=1e-3)
    trained = small_federation(8, rounds=4, fraction=0.5, central=central).train()
    assert trained.spent is not None
    assert 5.8 < trained.spent.epsilon <= 6.0
    assert trained.spent.unit == "party"
    assert len({each.asked for each in trained.rounds}) > 1, "parties are drawn one by one"
    assert any("coordinator" in caveat for caveat in trained.spent.caveats)


def test_a_secret_decides_the_noise_and_the_seed_does_not() -> None:
    central = CentralPrivacy(clip=0.5, noise_multiplier=1.0)

    def trained(secret: int | None) -> list[np.ndarray]:
        return small_federation(3, rounds=1, central=central).train(noise_secret=secret).model.weights()

    public, one, again, other = trained(None), trained(1), trained(1), trained(2)
    for same, differ, from_seed, twice in zip(one, other, public, again, strict=True):
        np.testing.assert_array_equal(same, twice)
        assert (same != differ).any()
        assert (same != from_seed).any()


@pytest.mark.parametrize("strategy", ["fedavgm", "fedadam"])
def test_central_privacy_goes_with_strategies_that_see_a_mean(strategy: str, tmp_path: Path) -> None:
    central = CentralPrivacy(clip=0.5, noise_multiplier=0.1)
    plan = {"rounds": 3, "fraction": 0.3, "central": central, "strategy": strategy}
    whole = small_federation(4, **plan).train()
    small_federation(4, **{**plan, "rounds": 1}).train(folder=tmp_path)
    resumed = small_federation(4, **plan).train(folder=tmp_path)
    for one, other in zip(whole.model.weights(), resumed.model.weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert whole.spent == resumed.spent


def test_a_round_in_which_nobody_is_drawn_is_noise_alone() -> None:
    central = CentralPrivacy(clip=0.5, noise_multiplier=1.0)
    trained = small_federation(2, rounds=6, fraction=0.2, central=central, seed=3).train()
    assert 0 in {each.asked for each in trained.rounds}
    assert trained.spent is not None
    assert trained.spent.epsilon == pytest.approx(Ledger().more(noise=1.0, rate=0.2, steps=6).epsilon(1e-5))


def test_strategies_that_compare_parties_do_not_go_with_it() -> None:
    with pytest.raises(UsageError, match="compares parties"):
        small_plan(strategy="krum", central=CentralPrivacy(noise_multiplier=1.0))


def test_a_broken_update_is_refused_and_a_large_one_clipped_under_central_privacy() -> None:
    parties = [*small_parties(3)]
    central = CentralPrivacy(clip=0.5, noise_multiplier=0.0)
    bad = Misbehaving({parties[0].name}, infinite)
    trained = Federation(parties, small_plan(rounds=1, central=central), app_of=bad).train()
    assert [each.party for each in trained.rounds[0].refused] == [parties[0].name]
    assert all(np.isfinite(each).all() for each in trained.model.weights())


def test_a_secret_draws_other_noise_than_the_seed() -> None:
    from garrison.federated.coordinator import coordinate
    from garrison.federated.in_process import InProcessGrid

    plan = small_plan(rounds=1, central=CentralPrivacy(noise_multiplier=1.0))
    found = []
    for secret in (None, 1, 2):
        with InProcessGrid(small_parties(2)) as grid:
            found.append(coordinate(grid, plan, noise_secret=secret))
    first = [each.model.weights()[0] for each in found]
    assert not np.array_equal(first[0], first[1])
    assert not np.array_equal(first[1], first[2])
    assert found[0].spent is not None
    assert found[1].spent is not None
    assert any("seed" in caveat for caveat in found[0].spent.caveats)
    assert not any("seed" in caveat for caveat in found[1].spent.caveats)


def test_parties_of_one_record_can_be_private_too() -> None:
    one = small_parties(1, rows=20)[0]
    parties = [Party("a", one.x[:1], one.y[:1]), Party("b", one.x, one.y)]
    plan = small_plan(rounds=1, private=PartyPrivacy(noise_multiplier=1.0))
    assert Federation(parties, plan).train().rounds[0].answered == 2
