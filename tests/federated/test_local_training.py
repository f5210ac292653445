"""Training at one party: what a step does, with and without privacy."""

from typing import Any

import numpy as np
import pytest

from garrison.errors import ModelError, UsageError
from garrison.federated.conventional import ConventionalRecipe, train_conventionally
from garrison.federated.ledger import Ledger
from garrison.federated.local_training import LocalTraining, train_locally
from garrison.federated.model import new_model
from garrison.federated.party_privacy import PartyPrivacy

DRAWS = np.random.default_rng(0)
X = DRAWS.normal(size=(60, 6)).astype(np.float32)
Y = (X[:, 0] > 0).astype(np.int64) + (X[:, 1] > 0)


def trained(seed: int = 1, noise_seed: int | None = 1, **how: Any) -> list[Any]:
    model = new_model("rows", shape=(6,), classes=3, seed=0)
    train_locally(model.module, X, Y, LocalTraining(**how), seed=seed, noise_seed=noise_seed)
    return model.weights()


def gradients(rows: Any) -> list[Any]:
    """The gradient of the mean loss over these rows at the untrained weights."""
    import torch
    from torch.nn import functional

    model = new_model("rows", shape=(6,), classes=3, seed=0)
    functional.cross_entropy(model.module(torch.from_numpy(X[rows])), torch.from_numpy(Y[rows])).backward()  # type: ignore[no-untyped-call]
    return [each.grad.numpy() for each in model.module.parameters() if each.grad is not None]


def untrained() -> list[Any]:
    return new_model("rows", shape=(6,), classes=3, seed=0).weights()


def close(one: list[Any], other: list[Any], *, atol: float = 1e-6) -> bool:
    return all(np.allclose(mine, theirs, atol=atol) for mine, theirs in zip(one, other, strict=True))


def test_one_step_on_all_records_goes_down_the_gradient() -> None:
    wanted = [
        weights - 0.5 * slope for weights, slope in zip(untrained(), gradients(np.arange(60)), strict=True)
    ]
    assert close(trained(batch=60, learning_rate=0.5), wanted)


def test_equal_seeds_give_equal_weights() -> None:
    assert close(trained(epochs=2), trained(epochs=2), atol=0.0)
    assert not close(trained(epochs=2), trained(epochs=2, seed=2))


def test_a_proximal_pull_keeps_it_nearer_to_what_was_sent() -> None:
    def moved(**how: Any) -> float:
        return sum(
            float(np.abs(after - before).sum())
            for after, before in zip(trained(epochs=5, **how), untrained(), strict=True)
        )

    assert moved(proximal=5.0) < 0.7 * moved(proximal=0.5) < moved()


def test_the_loss_falls_and_is_that_of_the_last_epoch() -> None:
    model = new_model("rows", shape=(6,), classes=3, seed=0)
    losses: list[float] = []
    result = train_locally(
        model.module,
        X,
        Y,
        LocalTraining(epochs=8, learning_rate=0.2),
        seed=0,
        after_epoch=lambda _, loss: losses.append(loss),
    )
    assert losses[-1] < 0.7 * losses[0]
    assert result.loss == losses[-1]
    assert (result.examples, result.epsilon) == (60, None)


def private(noise: float = 0.0, clip: float = 1.0, **more: Any) -> PartyPrivacy:
    return PartyPrivacy(max_grad_norm=clip, noise_multiplier=noise, **more)


def test_without_noise_it_is_a_step_with_clipped_gradients() -> None:
    clip = 1.25
    total = [np.zeros_like(each) for each in untrained()]
    norms = []
    for row in range(60):
        one = gradients([row])
        norm = float(np.sqrt(sum(np.square(each).sum() for each in one)))
        norms.append(norm)
        for place, each in enumerate(one):
            total[place] += each * min(1.0, clip / (norm + 1e-6))
    assert min(norms) < clip < max(norms), "some gradients are clipped and some are not"
    wanted = [before - 0.5 * each / 60 for before, each in zip(untrained(), total, strict=True)]
    found = trained(batch=60, learning_rate=0.5, private=private(clip=clip))
    assert close(found, wanted, atol=1e-5)


@pytest.mark.parametrize("network", ["mlp", "cnn", "tanh_cnn"])
@pytest.mark.parametrize("newaxis", [False, True], ids=["plain", "stride-0"])
def test_every_networks_records_are_clipped_one_by_one(network: str, newaxis: bool) -> None:
    """Against one gradient a record; a stride of 0 once made Opacus find wrong ones for the second convolution."""
    import torch
    from torch.nn import functional

    flat = np.random.default_rng(1).random((12, 8, 8)).astype(np.float32)
    x = flat[:, np.newaxis] if newaxis else flat.reshape(12, 1, 8, 8).copy()
    y = np.arange(12) % 10
    clip, model = 1.0, new_model(network, shape=(1, 8, 8), classes=10, seed=0)
    before = model.weights()
    total = [np.zeros_like(each) for each in before]
    norms = []
    for row in range(12):
        model.module.zero_grad()
        one = torch.tensor(np.ascontiguousarray(x[row : row + 1]).tolist())
        functional.cross_entropy(model.module(one), torch.tensor(y[row : row + 1])).backward()  # type: ignore[no-untyped-call]
        slopes = [each.grad.numpy() for each in model.module.parameters() if each.grad is not None]
        norms.append(float(np.sqrt(sum(np.square(each).sum() for each in slopes))))
        for place, each in enumerate(slopes):
            total[place] += each * min(1.0, clip / (norms[-1] + 1e-6))
    how = LocalTraining(batch=12, learning_rate=1.0, private=private(clip=clip))
    train_locally(model.module, x, y, how, seed=0)
    assert max(norms) > clip
    for after, start, each in zip(model.weights(), before, total, strict=True):
        np.testing.assert_allclose(after, start - each / 12, atol=2e-5)


def test_a_clip_that_nothing_reaches_is_ordinary_training() -> None:
    found = trained(batch=60, learning_rate=0.5, private=private(clip=1e6))
    assert close(found, trained(batch=60, learning_rate=0.5), atol=1e-5)


def test_noise_has_the_width_that_it_should_have() -> None:
    """The step's noise has a standard deviation of rate * multiplier * clip / batch."""
    quiet = trained(batch=60, learning_rate=1.0, private=private(clip=0.5))
    noisy = trained(batch=60, learning_rate=1.0, private=private(noise=40.0, clip=0.5))
    noise = np.concatenate([(one - other).ravel() for one, other in zip(noisy, quiet, strict=True)])
    assert len(noise) > 2000
    assert abs(noise.mean()) < 0.03
    assert noise.std() == pytest.approx(40.0 * 0.5 / 60, rel=0.08)


def test_noise_is_drawn_from_its_seed_or_from_nothing_that_can_be_drawn_again() -> None:
    how: dict[str, Any] = {"batch": 60, "private": private(noise=1.0)}
    assert close(trained(**how), trained(**how), atol=0.0)
    assert not close(trained(**how), trained(noise_seed=2, **how))
    import torch

    found = []
    for _ in range(2):
        torch.manual_seed(0)
        found.append(trained(noise_seed=None, **how))
    assert not close(*found), "the noise does not come from PyTorch's own generator"


def test_how_many_gradients_are_held_at_a_time_changes_nothing() -> None:
    def weights(physical: int) -> list[Any]:
        return trained(batch=25, learning_rate=0.2, private=private(noise=0.5, physical_batch=physical))

    assert close(weights(256), weights(7), atol=1e-5)


def test_the_ledger_counts_every_step_and_goes_on() -> None:
    model = new_model("rows", shape=(6,), classes=3, seed=0)
    how = LocalTraining(epochs=2, batch=7, private=private(noise=1.1))
    first = train_locally(model.module, X, Y, how, seed=0)
    assert first.ledger.runs == ((1.1, 7 / 60, 18),)
    second = train_locally(model.module, X, Y, how, seed=1, ledger=first.ledger)
    assert second.ledger.steps == 36
    assert first.epsilon is not None
    assert second.epsilon is not None
    assert second.epsilon > first.epsilon == pytest.approx(first.ledger.epsilon(1e-5))


def test_a_batch_that_is_drawn_empty_is_a_step_of_noise_alone() -> None:
    model = new_model("rows", shape=(6,), classes=3, seed=0)
    how = LocalTraining(epochs=1, batch=1, private=private(noise=1.0))
    result = train_locally(model.module, X[:3], Y[:3], how, seed=0, noise_seed=0)
    assert result.ledger.steps == 3
    assert all(np.isfinite(each).all() for each in model.weights())


def test_a_network_whose_records_see_one_another_is_refused() -> None:
    from torch import nn

    module = nn.Sequential(nn.Linear(6, 4), nn.BatchNorm1d(4), nn.Linear(4, 3))
    with pytest.raises(ModelError, match="cannot be trained privately"):
        train_locally(module, X, Y, LocalTraining(private=private()), seed=0)


def test_noise_that_is_not_known_yet_is_refused() -> None:
    model = new_model("rows", shape=(6,), classes=3, seed=0)
    how = LocalTraining(private=PartyPrivacy(target_epsilon=1.0))
    with pytest.raises(ModelError, match="not known yet"):
        train_locally(model.module, X, Y, how, seed=0)


@pytest.mark.parametrize(
    "how",
    [
        {"epochs": 0},
        {"batch": 0},
        {"learning_rate": 0.0},
        {"learning_rate": float("nan")},
        {"decay": -1.0},
        {"momentum": -0.1},
        {"weight_decay": float("inf")},
        {"proximal": -1.0},
    ],
)
def test_settings_out_of_range_are_refused(how: Any) -> None:
    with pytest.raises(UsageError, match=next(iter(how))):
        LocalTraining(**how)


def test_settings_survive_being_written_down() -> None:
    how = LocalTraining(epochs=3, momentum=0.5, private=private(noise=1.0))
    assert LocalTraining.from_dict(how.to_dict()) == how
    assert LocalTraining.from_dict(LocalTraining().to_dict()) == LocalTraining()


def test_the_rate_falls_from_round_to_round() -> None:
    how = LocalTraining(learning_rate=0.5, decay=0.5)
    assert [how.at_round(number).learning_rate for number in (1, 2, 3)] == [0.5, 0.25, 0.125]


def test_conventional_training_learns_and_tells_of_each_epoch() -> None:
    how = LocalTraining(epochs=12, learning_rate=0.2, momentum=0.5)
    seen: list[Any] = []
    found = train_conventionally(X, Y, "rows", how, seed=0, test=(X, Y), on_epoch=seen.append)
    assert [each.number for each in seen] == [*range(1, 13)]
    assert found.accuracy is not None
    assert found.accuracy > 0.85
    assert found.spent is None
    assert found.model.facts["training"] == "conventional"


def test_steps_that_were_too_long_are_said_to_be() -> None:
    with pytest.raises(ModelError, match="learnt no numbers") as found:
        train_conventionally(X * 1e4, Y, "rows", LocalTraining(epochs=3, learning_rate=1e6), seed=0)
    assert found.value.remedy == "lower the learning rate"


def test_private_training_spends_what_was_aimed_at() -> None:
    how = LocalTraining(epochs=3, batch=20, private=PartyPrivacy(target_epsilon=4.0, delta=1e-3))
    found = train_conventionally(X, Y, "rows", how, seed=0, test=(X, Y))
    assert found.spent is not None
    assert 3.9 < found.spent.epsilon <= 4.0
    assert (found.spent.unit, found.spent.delta) == ("example", 1e-3)
    assert found.rounds[-1].epsilon == found.spent.epsilon
    assert any("seed" in caveat for caveat in found.spent.caveats)


def test_a_recipe_makes_equal_models_of_equal_seeds() -> None:
    recipe = ConventionalRecipe("rows", LocalTraining(epochs=1), classes=3)
    one, again, other = (recipe.learn(X, Y, seed=seed) for seed in (0, 0, 1))
    assert close(one.weights(), again.weights(), atol=0.0)
    assert not close(one.weights(), other.weights())
    assert recipe.learn(X, np.zeros_like(Y), seed=0).probabilities(X).shape == (60, 3)


def test_an_empty_ledger_has_spent_nothing() -> None:
    assert Ledger().epsilon(1e-5) == 0.0
