"""Training together: what the rounds come to, whoever misbehaves, and whenever they are broken off."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_federations import (
    Misbehaving,
    another_shape,
    digits,
    far_away,
    infinite,
    not_numbers,
    one_missing,
    one_more,
    small_federation,
    small_parties,
    small_plan,
    whole_numbers,
)

from garrison.errors import IntegrityError, ModelError, UsageError
from garrison.federated.federation import Federation
from garrison.federated.local_training import train_locally
from garrison.federated.model import NetworkModel, new_model
from garrison.federated.party import Party
from garrison.federated.seeds import seed_for
from garrison.federated.trained import Trained


def same(one: NetworkModel, other: NetworkModel) -> bool:
    return all(
        np.array_equal(mine, theirs) for mine, theirs in zip(one.weights(), other.weights(), strict=True)
    )


def test_a_round_of_whole_batches_is_a_step_of_gradient_descent_on_all_records() -> None:
    import torch
    from torch.nn import functional

    parties = small_parties(3, rows=120)
    trained = Federation(parties, small_plan(rounds=1, batch=1000, learning_rate=0.3)).train()

    model = new_model("mlp", shape=(1, 8, 8), classes=10, seed=seed_for(0, "model"))
    x = torch.from_numpy(np.concatenate([party.x for party in parties]))
    y = torch.from_numpy(np.concatenate([party.y for party in parties]))
    functional.cross_entropy(model.module(x), y).backward()  # type: ignore[no-untyped-call]
    for weights, found in zip(model.module.parameters(), trained.model.weights(), strict=True):
        assert weights.grad is not None
        wanted = (weights - 0.3 * weights.grad).detach().numpy()
        np.testing.assert_allclose(found, wanted, atol=1e-6)


def test_parties_count_by_their_records() -> None:
    whole = small_parties(2, rows=100)
    large = Party("large", np.concatenate([whole[0].x] * 3), np.concatenate([whole[0].y] * 3))
    plan = small_plan(rounds=1, batch=1000, learning_rate=0.3)
    alone = [Federation([party], plan).train().model.weights() for party in (large, whole[1])]
    together = Federation([large, whole[1]], plan).train().model.weights()
    for of_large, of_small, found in zip(*alone, together, strict=True):
        np.testing.assert_allclose(found, 0.75 * of_large + 0.25 * of_small, atol=1e-6)


def test_it_learns_and_each_round_says_what_it_cost() -> None:
    found = digits()
    trained = small_federation(rounds=4, learning_rate=0.1, momentum=0.9, epochs=3).train(
        test=(found.test_x, found.test_y)
    )
    assert trained.accuracy is not None
    assert trained.accuracy > 0.6
    assert [each.number for each in trained.rounds] == [1, 2, 3, 4]
    weights = sum(array.nbytes for array in trained.model.weights())
    for one in trained.rounds:
        assert one.bytes_sent == one.bytes_received
        assert 4 * weights < one.bytes_sent < 4.2 * weights
        assert (one.asked, one.answered, one.refused) == (4, 4, ())
    assert trained.spent is None


def test_two_processes_give_the_same_weights_as_one() -> None:
    federation = small_federation(rounds=2, network="tanh_cnn")
    assert same(federation.train().model, federation.train(jobs=2).model)


def test_equal_seeds_give_equal_weights_and_others_give_others() -> None:
    first, again, other = (small_federation(rounds=1, seed=seed).train().model for seed in (1, 1, 2))
    assert same(first, again)
    assert not same(first, other)


def test_the_order_of_the_parties_changes_nothing() -> None:
    parties = small_parties(4)
    plan = small_plan(rounds=2, fraction=0.5)
    assert same(Federation(parties, plan).train().model, Federation(parties[::-1], plan).train().model)


def test_a_share_of_the_parties_is_asked() -> None:
    trained = small_federation(8, rounds=3, fraction=0.25).train()
    assert [(each.asked, each.answered) for each in trained.rounds] == [(2, 2)] * 3


def test_it_ends_early_at_the_accuracy_asked_for() -> None:
    found = digits()
    trained = small_federation(rounds=30, learning_rate=0.1, momentum=0.9, until_accuracy=0.5).train(
        test=(found.test_x, found.test_y)
    )
    assert len(trained.rounds) < 30
    assert trained.rounds[-1].accuracy is not None
    assert trained.rounds[-1].accuracy >= 0.5
    assert all((each.accuracy or 0) < 0.5 for each in trained.rounds[:-1])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (another_shape, "has the shape (200, 63), expected (200, 64)"),
        (not_numbers, "not finite"),
        (infinite, "not finite"),
        (far_away, "the update is too large"),
        (one_missing, "lacks '1.weight'"),
        (one_more, "has no 'more'"),
        (whole_numbers, "holds int64"),
    ],
    ids=lambda each: getattr(each, "__name__", ""),
)
def test_a_bad_update_is_refused_by_name_and_the_round_goes_on(change: Any, reason: str) -> None:
    parties = small_parties(4)
    bad = parties[1].name
    plan = small_plan(rounds=2, minimum_parties=3)
    trained = Federation(parties, plan, app_of=Misbehaving({bad}, change)).train()
    for one in trained.rounds:
        assert one.answered == 3
        assert [each.party for each in one.refused] == [bad]
        assert reason in one.refused[0].reason
    assert all(np.isfinite(array).all() for array in trained.model.weights())


def test_without_the_bad_party_the_first_round_is_that_of_the_others() -> None:
    parties = small_parties(4)
    plan = small_plan(rounds=1)
    with_it = Federation(parties, plan, app_of=Misbehaving({parties[1].name}, not_numbers)).train()
    without = Federation([parties[0], *parties[2:]], plan).train()
    assert same(with_it.model, without.model)


def test_too_few_usable_updates_are_an_error_that_says_why(tmp_path: Path) -> None:
    parties = small_parties(3)
    bad = {party.name for party in parties[:2]}
    plan = small_plan(minimum_parties=2)
    with pytest.raises(ModelError, match="round 1 has 1 usable updates of 3 parties") as caught:
        Federation(parties, plan, app_of=Misbehaving(bad, not_numbers)).train(folder=tmp_path)
    assert all(name in caught.value.where for name in bad)
    assert "not finite" in caught.value.where
    assert "minimum_parties" in caught.value.expected
    assert caught.value.exit_code == 16


def test_a_party_that_fails_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    parties = small_parties(3)

    def fails_at_the_last(module: Any, x: Any, *more: Any, **named: Any) -> Any:
        if x is parties[2].x:
            raise IndexError("somewhere")
        return train_locally(module, x, *more, **named)

    monkeypatch.setattr("garrison.federated.party_app.train_locally", fails_at_the_last)
    trained = Federation(parties, small_plan(rounds=1)).train()
    assert trained.rounds[0].answered == 2
    assert [each.party for each in trained.rounds[0].refused] == [parties[2].name]
    assert "it failed: IndexError" in trained.rounds[0].refused[0].reason


def test_a_party_with_a_class_that_the_plan_has_not_says_so() -> None:
    parties = list(small_parties(3))
    parties[2] = Party("odd", parties[2].x, parties[2].y + 90)
    trained = Federation(parties, small_plan(rounds=1)).train()
    assert trained.rounds[0].answered == 2
    assert [each.party for each in trained.rounds[0].refused] == ["odd"]
    assert "and the plan is for 0 to 9" in trained.rounds[0].refused[0].reason


def test_the_last_good_round_is_kept_when_a_later_one_fails(tmp_path: Path) -> None:
    parties = small_parties(3)
    good = Federation(parties, small_plan(rounds=2, minimum_parties=2))
    good.train(folder=tmp_path)
    spoilt = Federation(
        parties,
        small_plan(rounds=3, minimum_parties=2),
        app_of=Misbehaving({each.name for each in parties}, infinite),
    )
    with pytest.raises(ModelError, match="round 3 has 0 usable updates") as caught:
        spoilt.train(folder=tmp_path)
    assert "round 2 is the last good one and is kept" in caught.value.remedy
    assert len(good.train(folder=tmp_path).rounds) == 2


@pytest.mark.parametrize("strategy", ["fedavg", "fedavgm", "fedadam", "fedprox"])
def test_a_training_that_was_broken_off_ends_in_the_same_bytes(tmp_path: Path, strategy: str) -> None:
    whole = small_federation(rounds=4, strategy=strategy, fraction=0.5, momentum=0.5)
    unbroken = whole.train(folder=tmp_path / "unbroken")

    def stop(one: Any) -> None:
        if one.number == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        whole.train(folder=tmp_path / "broken", on_round=stop)
    resumed = whole.train(folder=tmp_path / "broken")
    assert same(unbroken.model, resumed.model)
    files = [(tmp_path / each / "round-00004.safetensors").read_bytes() for each in ("unbroken", "broken")]
    assert files[0] == files[1]
    assert [each.number for each in resumed.rounds] == [1, 2, 3, 4]


KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from small_federations import small_federation
from garrison.federated import state
written = state.write_json
def die(path, value):
    if len(value["rounds"]) == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    written(path, value)
state.write_json = die
small_federation(rounds=3).train(folder=Path(sys.argv[1]))
"""


def test_a_killed_coordinator_goes_on_from_its_last_round(tmp_path: Path) -> None:
    support = Path(__file__).parents[1] / "support"
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path / "killed"), str(support)],
        env=dict(os.environ),
        check=False,
        timeout=120,
    )
    assert done.returncode == -signal.SIGKILL
    assert len(json.loads((tmp_path / "killed" / "state.json").read_text())["rounds"]) == 1
    resumed = small_federation(rounds=3).train(folder=tmp_path / "killed")
    assert same(resumed.model, small_federation(rounds=3).train().model)
    assert [*(tmp_path / "killed").glob("round-*")] == [tmp_path / "killed" / "round-00003.safetensors"]


def test_a_finished_training_is_not_run_again_and_can_be_lengthened(tmp_path: Path) -> None:
    first = small_federation(rounds=2).train(folder=tmp_path)
    seen: list[Any] = []
    assert same(small_federation(rounds=2).train(folder=tmp_path, on_round=seen.append).model, first.model)
    assert seen == []
    longer = small_federation(rounds=3).train(folder=tmp_path, on_round=seen.append)
    assert [each.number for each in seen] == [3]
    assert same(longer.model, small_federation(rounds=3).train().model)


def test_another_plan_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    small_federation(rounds=1).train(folder=tmp_path)
    with pytest.raises(UsageError, match="the rounds of another plan"):
        small_federation(rounds=1, learning_rate=0.2).train(folder=tmp_path)


def test_a_changed_byte_in_the_kept_weights_is_found(tmp_path: Path) -> None:
    small_federation(rounds=1).train(folder=tmp_path)
    path = tmp_path / "round-00001.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(IntegrityError, match=r"round-00001\.safetensors was changed"):
        small_federation(rounds=2).train(folder=tmp_path)


@pytest.mark.parametrize("content", ["", "[]", '{"format": 1}', '{"format": 9}'])
def test_a_state_that_is_none_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "state.json").write_text(content)
    with pytest.raises(ModelError, match="the state"):
        small_federation(rounds=2).train(folder=tmp_path)


def test_parties_need_names_of_their_own_and_records_of_the_plans_shape() -> None:
    parties = small_parties(2)
    with pytest.raises(UsageError, match="two parties are called"):
        Federation([parties[0], parties[0]], small_plan())
    with pytest.raises(UsageError, match="no parties"):
        Federation([], small_plan())
    with pytest.raises(UsageError, match="have the shape"):
        Federation(parties, small_plan(shape=(1, 28, 28)))


def test_more_parties_needed_than_there_are_is_an_error_at_once() -> None:
    with pytest.raises(ModelError, match="2 parties are connected") as caught:
        small_federation(2, minimum_parties=3).train()
    assert caught.value.where == "round 1"


def test_what_is_trained_tells_how(tmp_path: Path) -> None:
    trained: Trained = small_federation(rounds=1).train()
    assert trained.model.facts["training"] == "federated"
    assert trained.model.facts["plan"]["strategy"] == "fedavg"
