"""From models to images: what each attack must draw of a trained one, and what it must not of an untrained one."""

from typing import Any

import numpy as np
import pytest
from small_networks import CLASSES, SHAPE, TorchAnswers, dense, digits, fresh, trained

from garrison.attacks.privacy.inversion import (
    INVERSIONS,
    AskedInversion,
    ConfidenceDescent,
    Differentiable,
    Inverted,
    OfModule,
    PriorDescent,
    Recognised,
    against_baseline,
    judge,
    letter_prior,
    pixels,
)
from garrison.errors import DataError

X, Y = digits()


def of(module: Any) -> OfModule:
    return OfModule(module, SHAPE, CLASSES)


@pytest.fixture(scope="module")
def target() -> OfModule:
    return of(trained(fresh(), X[:900], Y[:900], epochs=12, rate=0.2))


@pytest.fixture(scope="module")
def evaluator() -> TorchAnswers:
    return TorchAnswers(trained(fresh(lambda: dense(96), seed=5), X[900:], Y[900:], epochs=20, rate=0.2))


def asked(model: OfModule, *, seed: int = 0) -> Inverted:
    return AskedInversion(queries=2_000).run(model, letter_prior(SHAPE, size=32), classes=CLASSES, seed=seed)


ROWS: list[tuple[str, Any, float, float]] = [
    ("confidence", lambda model: ConfidenceDescent().run(model), 0.9, 0.2),
    ("letter_prior", lambda model: PriorDescent().run(model), 0.9, 0.3),
    ("asked", asked, 0.8, 0.3),
]
"""Every attack, and what share it must have recognised, and how like to the means of the classes."""


def test_every_attack_has_a_row() -> None:
    assert [row[0] for row in ROWS] == [*INVERSIONS, AskedInversion.name]


@pytest.mark.parametrize(("name", "attack", "share", "likeness"), ROWS)
def test_classes_are_drawn(
    name: str, attack: Any, share: float, likeness: float, target: OfModule, evaluator: TorchAnswers
) -> None:
    found = attack(target)
    assert found.attack == name
    assert found.records.shape == (CLASSES, *SHAPE)
    assert 0 <= found.records.min() <= found.records.max() <= 1
    assert found.confidence == pytest.approx(
        target.probabilities(found.records)[range(CLASSES), range(CLASSES)]
    )
    measured = judge(found, evaluator, X[:900], Y[:900])
    assert measured.recognised.value >= share
    assert measured.likeness.value >= likeness
    untrained = judge(attack(of(fresh(seed=9))), evaluator, X[:900], Y[:900])
    assert untrained.recognised.value <= 0.4
    assert not against_baseline(measured, untrained).flags
    assert [flag.name for flag in against_baseline(untrained, untrained).flags][
        -1
    ] == "not_above_the_baseline"


def test_the_pull_keeps_images_near_to_letters(target: OfModule) -> None:
    mean = letter_prior(SHAPE, size=32).records(np.zeros((1, 32)))
    free, held = (PriorDescent(pull=each).run(target).records for each in (0.0, 1.0))
    assert np.square(held - mean).sum() < np.square(free - mean).sum() / 2


@pytest.mark.parametrize("attack", [ConfidenceDescent(iterations=5), PriorDescent(iterations=5)])
def test_equal_seeds_draw_equal_images(attack: Any, target: OfModule) -> None:
    first, again, other = (attack.run(target, seed=each) for each in (1, 1, 2))
    assert (first.records == again.records).all()
    if isinstance(attack, PriorDescent):
        assert (first.records != other.records).any()


def test_queries_are_counted(target: OfModule) -> None:
    calls = 0

    class Counting:
        def probabilities(self, records: Any, /) -> Any:
            nonlocal calls
            calls += len(records)
            return target.probabilities(records)

    found = AskedInversion(queries=205).run(Counting(), letter_prior(SHAPE, size=8), classes=CLASSES)
    assert found.iterations == 5
    assert found.queries == calls == CLASSES * 205 + CLASSES


def test_without_slopes_nothing_is_drawn_and_it_is_said() -> None:
    import torch
    from torch import nn

    silent = fresh()
    with torch.no_grad():
        for each in silent.parameters():
            each.zero_()
    for attack in INVERSIONS.values():
        found = attack.run(of(silent))
        assert {"zero_gradients", "not_sure"} <= {flag.name for flag in found.flags}
    assert isinstance(silent, nn.Module)
    found = AskedInversion(queries=205).run(of(silent), letter_prior(SHAPE, size=8), classes=CLASSES)
    assert "zero_gradients" in {flag.name for flag in found.flags}


def test_the_seconds_are_kept(target: OfModule) -> None:
    for found in (
        PriorDescent(iterations=1_000_000, seconds=0.2).run(target),
        ConfidenceDescent(iterations=1_000_000, sure=1.0, patience=10**9, seconds=0.2).run(target),
        AskedInversion(queries=10**9, seconds=0.2).run(target, letter_prior(SHAPE, size=8), classes=CLASSES),
    ):
        assert found.seconds < 20
        assert "cut" in {flag.name for flag in found.flags}


def test_a_module_that_makes_something_else_is_refused() -> None:
    model: Differentiable = OfModule(fresh(), SHAPE, 7)
    with pytest.raises(DataError, match="the module makes"):
        ConfidenceDescent().run(model)
    with pytest.raises(DataError, match="probabilities of shape"):
        AskedInversion().run(of(fresh()), pixels(SHAPE), classes=4)


def test_the_module_is_left_as_it_was(target: OfModule) -> None:
    target.module.train(True)
    before = {name: each.clone() for name, each in target.module.state_dict().items()}
    PriorDescent(iterations=2).run(target)
    assert target.module.training
    assert all((before[name] == each).all() for name, each in target.module.state_dict().items())
    assert all(each.grad is None or not each.grad.any() for each in fresh().parameters())


def test_what_was_judged_is_kept_as_json(target: OfModule, evaluator: TorchAnswers) -> None:
    import json

    found = PriorDescent(iterations=1).run(target)
    measured = judge(found, evaluator, X[:900], Y[:900])
    assert Recognised.from_dict(json.loads(json.dumps(measured.to_dict()))) == measured
    perfect = Inverted(
        attack="cheat",
        knowledge="",
        classes=np.arange(10),
        records=np.stack([X[:900][Y[:900] == each].mean(axis=0) for each in range(10)]),
        confidence=np.ones(10),
        queries=0,
        iterations=0,
        seconds=0.0,
    )
    assert judge(perfect, evaluator, X[:900], Y[:900]).likeness.value == pytest.approx(1)
    with pytest.raises(DataError, match="cannot be judged"):
        judge(perfect, evaluator, X[:5], Y[:5])
