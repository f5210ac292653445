"""What is seen: gradients out of weights, labels out of gradients, and what is refused."""

import numpy as np
import pytest
from small_networks import CLASSES, SHAPE, convolutional, dense, digits, fresh, smooth, state, update_of
from torch import nn

from garrison.attacks.privacy.gradient_inversion import (
    LocalSteps,
    SeenUpdate,
    gradient_of,
    guessed_counts,
    labels_of,
)
from garrison.attacks.privacy.gradient_inversion.functional import mismatch_of
from garrison.attacks.privacy.gradient_inversion.matching import GradientMatch
from garrison.attacks.privacy.gradient_inversion.unrolled import UnrolledMatch
from garrison.errors import DataError, UsageError

HOW = LocalSteps(examples=2, batch=2, learning_rate=0.1)


def test_one_step_is_one_gradient() -> None:
    update, x, y = update_of(fresh(), range(5))
    own = gradient_of(update, x, y)
    for name, each in update.gradient.items():
        assert each == pytest.approx(own[name], abs=2e-6)
    assert mismatch_of(update, x, y) == pytest.approx(0, abs=1e-5)
    assert mismatch_of(update, x[::-1].copy(), y) > 0.01


def test_the_reach_of_several_steps() -> None:
    how = LocalSteps(examples=10, batch=4, epochs=2, learning_rate=0.1, momentum=0.5)
    assert how.steps == 6
    speed, gone = 0.0, 0.0
    for _ in range(6):
        speed = 0.5 * speed + 1
        gone += 0.1 * speed
    assert how.reach == pytest.approx(gone)


@pytest.mark.parametrize("build", [dense, smooth, convolutional])
def test_matching_is_what_the_gradients_written_out_give(build: type) -> None:
    import torch

    update, _, _ = update_of(fresh(build), range(4))
    match = GradientMatch(fresh(build).double(), update.gradient, SHAPE)
    draw = torch.Generator().manual_seed(1)
    images = torch.rand((3, *SHAPE), generator=draw, dtype=torch.float64, requires_grad=True)
    labels = torch.tensor([1, 5, 7])
    dot, square = match(images, labels)
    module = fresh(build).double()
    loss = nn.functional.cross_entropy(module(images), labels)
    plain = torch.autograd.grad(loss, [*module.parameters()], create_graph=True)
    seen = [torch.from_numpy(each).double() for each in update.gradient.values()]
    plain_dot = sum(((a * b).sum() for a, b in zip(plain, seen, strict=True)), torch.zeros(()))
    plain_square = sum(((a * a).sum() for a in plain), torch.zeros(()))
    assert dot.item() == pytest.approx(plain_dot.item())
    assert square.item() == pytest.approx(plain_square.item())
    ours = torch.autograd.grad(dot / square.sqrt(), images, retain_graph=True)[0]
    theirs = torch.autograd.grad(plain_dot / plain_square.sqrt(), images)[0]
    assert torch.allclose(ours, theirs)


def test_the_true_images_go_the_way_that_was_seen() -> None:
    import torch

    update, x, y = update_of(fresh(), range(6), epochs=3, batch=2)
    match = UnrolledMatch(fresh(), update)
    dot, square = match(torch.from_numpy(x), torch.from_numpy(y))
    assert (dot / square.sqrt()).item() / match.length == pytest.approx(1, abs=1e-5)
    assert square.sqrt().item() == pytest.approx(match.length, rel=1e-4)


def test_behind_an_aggregation_the_mean_way_is_seen() -> None:
    import torch

    parties = [update_of(fresh(), range(start, start + 4), epochs=2, batch=2) for start in (0, 10, 20)]
    mean = {
        name: np.mean([seen.after[name] for seen, _, _ in parties], axis=0) for name in parties[0][0].after
    }
    x, y = (np.concatenate(each) for each in zip(*((x, y) for _, x, y in parties), strict=True))
    update = SeenUpdate.of(
        fresh(),
        parties[0][0].before,
        mean,
        parties[0][0].how,
        shape=SHAPE,
        classes=CLASSES,
        labels=y,
        parties=3,
    )
    assert update.examples == 12
    match = UnrolledMatch(fresh(), update)
    dot, square = match(torch.from_numpy(x), torch.from_numpy(y))
    assert (dot / square.sqrt()).item() / match.length == pytest.approx(1, abs=1e-5)
    one = parties[0][0].gradient
    assert all(np.abs(update.gradient[name] - each).max() > 0 for name, each in one.items())


@pytest.mark.parametrize("epochs", [1, 3])
def test_the_label_of_one_example_is_told(epochs: int) -> None:
    right = 0
    for place in range(20):
        update, _, y = update_of(fresh(), [place], epochs=epochs, labels=False)
        right += labels_of(update, 1)[0] == y[0]
    assert right == 20


def test_the_labels_of_a_batch_are_told_before_training() -> None:
    update, _, y = update_of(fresh(convolutional), range(32), labels=False)
    guessed = np.bincount(labels_of(update, 32), minlength=10)
    assert np.abs(guessed - np.bincount(y, minlength=10)).sum() <= 4


def test_known_labels_are_kept_and_shared_out() -> None:
    update, _, y = update_of(fresh(), range(20))
    assert (labels_of(update, 20) == y).all()
    assert np.bincount(labels_of(update, 10), minlength=10).sum() == 10
    assert guessed_counts(np.zeros(4), 7).sum() == 7


def test_labels_need_offsets_in_the_last_layer() -> None:
    module = nn.Sequential(nn.Flatten(), nn.Linear(64, 10, bias=False))
    update, _, _ = update_of(module, range(2), labels=False)
    with pytest.raises(UsageError, match="cannot be told"):
        labels_of(update, 2)


def test_weights_by_name_or_in_order() -> None:
    module = fresh()
    named = state(module)
    one = SeenUpdate.of(module, named, named, HOW, shape=SHAPE, classes=CLASSES)
    other = SeenUpdate.of(module, [*named.values()], [*named.values()], HOW, shape=SHAPE, classes=CLASSES)
    assert all((one.before[name] == other.before[name]).all() for name in named)


def test_weights_that_do_not_fit_are_refused() -> None:
    module = fresh()
    named = state(module)
    first = next(iter(named))
    for wrong, said in (
        ([*named.values()][:-1], "5 arrays"),
        ({name: each for name, each in named.items() if name != first}, f"are called {first}"),
        ({**named, first: named[first][:3]}, "shape \\(3, 64\\)"),
        ({**named, first: np.full_like(named[first], np.nan)}, "not finite"),
    ):
        with pytest.raises(DataError, match=said):
            SeenUpdate.of(module, named, wrong, HOW, shape=SHAPE, classes=CLASSES)


def test_local_training_and_labels_that_cannot_be_are_refused() -> None:
    with pytest.raises(DataError, match="0 epochs"):
        LocalSteps(examples=1, batch=1, epochs=0, learning_rate=0.1)
    with pytest.raises(DataError, match="learning rate of 0"):
        LocalSteps(examples=1, batch=1, learning_rate=0.0)
    named = state(fresh())
    for labels in ([1], [1, 10]):
        with pytest.raises(DataError, match="labels of shape"):
            SeenUpdate.of(fresh(), named, named, HOW, shape=SHAPE, classes=CLASSES, labels=labels)


def test_an_aggregate_counts_the_examples_of_all() -> None:
    named = state(fresh())
    seen = SeenUpdate.of(fresh(), named, named, HOW, shape=SHAPE, classes=CLASSES, parties=4)
    assert seen.examples == 8
    assert len(digits()[0]) == 1797
