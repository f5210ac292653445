"""What each attack must reach on networks that it is made for, and what none may reach."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from small_networks import convolutional, dense, digits, fresh, smooth, trained, update_of

from garrison.attacks.privacy.gradient_inversion import (
    GRADIENT_INVERSIONS,
    CosineInversion,
    DeepLeakage,
    FirstLayer,
    Recovered,
    SeenUpdate,
    Spear,
    UnrolledInversion,
    judge,
)
from garrison.errors import UsageError

OTHERS = digits()[0][1000:]

ROWS: list[tuple[str, Any, int, float, float]] = [
    ("first_layer", dense, 1, 60.0, 1.0),
    ("spear", dense, 6, 60.0, 1.0),
    ("deep_leakage", smooth, 4, 40.0, 1.0),
    ("cosine", dense, 8, 28.0, 1.0),
    ("cosine_unrolled", dense, 4, 28.0, 1.0),
]
"""Every attack, a network that it is made for, a batch, and the decibels and share that it has to reach."""


def judged(attack: Any, update: SeenUpdate, truth: Any, *, seed: int = 0) -> Recovered:
    return judge([attack.run(update, seed=seed)], [truth], OTHERS)


def test_every_attack_has_a_row() -> None:
    assert [row[0] for row in ROWS] == list(GRADIENT_INVERSIONS)


@pytest.mark.parametrize(("name", "build", "batch", "decibels", "share"), ROWS)
def test_images_come_back(name: str, build: Any, batch: int, decibels: float, share: float) -> None:
    update, truth, _ = update_of(fresh(build), range(batch))
    attack = GRADIENT_INVERSIONS[name]
    before = {key: each.clone() for key, each in update.module.state_dict().items()}
    found = attack.run(update)
    assert all((before[key] == each).all() for key, each in update.module.state_dict().items())
    recovered = judge([found], [truth], OTHERS)
    assert recovered.psnr.value > decibels
    assert recovered.identified.value >= share
    assert recovered.candidates == len(OTHERS) + batch
    assert found.images.dtype == np.float32
    assert 0 <= found.images.min() <= found.images.max() <= 1
    assert found.flags == ()


@pytest.mark.parametrize("name", [row[0] for row in ROWS])
def test_equal_seeds_make_equal_images(name: str) -> None:
    update, _, _ = update_of(fresh(), range(2))
    attack = GRADIENT_INVERSIONS[name]
    if isinstance(attack, CosineInversion | DeepLeakage):
        attack = replace(attack, iterations=5)
    first, again = attack.run(update, seed=3), attack.run(update, seed=3)
    assert (first.images == again.images).all()


@pytest.mark.parametrize("name", [row[0] for row in ROWS])
def test_an_update_that_changes_nothing_shows_nothing(name: str) -> None:
    update, truth, _ = update_of(fresh(), range(2))
    still = replace(update, after=update.before)
    recovered = judged(GRADIENT_INVERSIONS[name], still, truth)
    assert "zero_update" in {flag.name for flag in recovered.flags}
    assert recovered.identified.value == 0


@pytest.mark.parametrize("name", ["first_layer", "spear", "cosine"])
def test_noise_on_the_update_protects(name: str) -> None:
    update, truth, _ = update_of(fresh(), range(3), noise=0.05)
    recovered = judged(GRADIENT_INVERSIONS[name], update, truth)
    assert recovered.identified.value == 0
    assert recovered.psnr.value < 15
    assert {flag.name for flag in recovered.flags} & {
        "unmatched",
        "not_taken_apart",
        "no_better_than_the_mean",
    }


def test_single_neurons_show_some_of_a_batch() -> None:
    update, truth, _ = update_of(fresh(), range(4))
    recovered = judged(FirstLayer(), update, truth)
    assert recovered.identified.value >= 0.5
    assert max(each[0] for each in recovered.each) > 60


def test_a_trained_network_gives_its_batch_away_too() -> None:
    x, y = digits()
    module = trained(fresh(), x[200:1000], y[200:1000], epochs=3)
    update, truth, _ = update_of(module, range(5), labels=False)
    assert judged(Spear(), update, truth).identified.value == 1


def test_several_steps_do_not_hide_what_the_first_layer_saw() -> None:
    update, truth, _ = update_of(fresh(), range(6), epochs=3, batch=3, labels=False)
    recovered = judged(Spear(), update, truth)
    assert recovered.psnr.value > 60
    assert recovered.identified.value == 1


def test_through_convolutions() -> None:
    def wide() -> Any:
        from torch import nn

        return nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(1024, 256), nn.ReLU(), nn.Linear(256, 10)
        )  # fmt: skip

    update, truth, _ = update_of(fresh(wide), range(5))
    recovered = judged(Spear(), update, truth)
    assert recovered.identified.value == 1
    assert recovered.psnr.value > 30
    with pytest.raises(UsageError, match="own values"):
        FirstLayer().run(update)


def test_going_through_the_steps_beats_taking_them_for_one() -> None:
    update, truth, _ = update_of(fresh(), range(3), epochs=4, rate=0.4)
    as_one, through = judged(CosineInversion(), update, truth), judged(UnrolledInversion(), update, truth)
    assert "one_gradient" in {flag.name for flag in as_one.flags}
    assert "one_gradient" not in {flag.name for flag in through.flags}
    assert through.psnr.value > as_one.psnr.value + 3


def test_more_examples_than_images() -> None:
    update, truth, _ = update_of(fresh(convolutional), range(12))
    found = CosineInversion(iterations=3, most=5).run(update)
    assert found.images.shape == (5, 1, 8, 8)
    recovered = judge([found], [truth], OTHERS)
    assert "fewer_images" in {flag.name for flag in recovered.flags}
    assert recovered.images == 12
    assert sum(each == (0.0, 0.0, False) for each in recovered.each) == 7


def test_the_seconds_are_kept() -> None:
    update, _, _ = update_of(fresh(convolutional), range(8))
    for attack in (
        CosineInversion(iterations=100_000, seconds=0.2),
        DeepLeakage(iterations=100_000, seconds=0.2),
    ):
        found = attack.run(update)
        assert found.seconds < 20
        assert found.iterations < 100_000
        assert "cut" in {flag.name for flag in found.flags}


def test_restarts_keep_the_best_match() -> None:
    update, _, _ = update_of(fresh(convolutional), [3])
    one, three = (CosineInversion(iterations=60, restarts=each).run(update) for each in (1, 3))
    assert three.iterations == 180
    assert one.mismatch is not None
    assert three.mismatch is not None
    assert three.mismatch <= one.mismatch


def test_a_dense_layer_without_offsets_is_refused() -> None:
    def bare() -> Any:
        from torch import nn

        return nn.Sequential(nn.Flatten(), nn.Linear(64, 10, bias=False))

    update, _, _ = update_of(fresh(bare), [0])
    with pytest.raises(UsageError, match="gives its inputs away"):
        FirstLayer().run(update)
