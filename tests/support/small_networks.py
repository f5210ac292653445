"""Small networks on scikit-learn's digits, trained in a second, and the updates that parties would send."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from garrison.attacks.privacy.gradient_inversion import LocalSteps, SeenUpdate

SHAPE, CLASSES = (1, 8, 8), 10


@cache
def digits() -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """1,797 digits of 8 x 8 pixels in [0, 1], ``(n, 1, 8, 8)``, and their classes."""
    from sklearn.datasets import load_digits

    bunch = load_digits()
    return (bunch.images[:, None] / 16).astype(np.float32), bunch.target.astype(np.int64)


def dense(width: int = 160) -> nn.Sequential:
    return nn.Sequential(
        nn.Flatten(), nn.Linear(64, width), nn.ReLU(), nn.Linear(width, 32), nn.ReLU(), nn.Linear(32, CLASSES)
    )


def smooth() -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1), nn.Sigmoid(), nn.Conv2d(8, 8, 3, stride=2, padding=1), nn.Sigmoid(),
        nn.Flatten(), nn.Linear(128, CLASSES),
    )  # fmt: skip


def convolutional() -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(256, 64), nn.ReLU(), nn.Linear(64, CLASSES),
    )  # fmt: skip


def fresh(build: Callable[[], nn.Sequential] = dense, seed: int = 0) -> nn.Sequential:
    """A network with weights drawn from the seed, which does not touch the global stream."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return build()


def trained(
    module: nn.Sequential,
    x: NDArray[np.float32],
    y: NDArray[np.int64],
    *,
    epochs: int,
    rate: float = 0.1,
    batch: int = 32,
    seed: int = 0,
    shuffled: bool = True,
) -> nn.Sequential:
    """The module itself, after plain SGD."""
    torch.set_num_threads(1)
    walker = torch.optim.SGD(module.parameters(), lr=rate)
    draw = np.random.default_rng(seed)
    images, labels = torch.from_numpy(x), torch.from_numpy(y)
    for _ in range(epochs):
        order = torch.from_numpy(draw.permutation(len(y)) if shuffled else np.arange(len(y)))
        for start in range(0, len(y), batch):
            part = order[start : start + batch]
            walker.zero_grad()
            torch.autograd.backward(functional.cross_entropy(module(images[part]), labels[part]))
            walker.step()
    return module


def state(module: nn.Module) -> dict[str, NDArray[Any]]:
    return {name: each.detach().numpy().copy() for name, each in module.state_dict().items()}


def update_of(
    module: nn.Sequential,
    places: Sequence[int] | NDArray[Any],
    *,
    epochs: int = 1,
    batch: int | None = None,
    rate: float = 0.1,
    labels: bool = True,
    noise: float = 0.0,
) -> tuple[SeenUpdate, NDArray[np.float32], NDArray[np.int64]]:
    """What the server sees of a party that has those digits, and the digits themselves."""
    import copy

    x, y = digits()[0][places], digits()[1][places]
    before = state(module)
    after = state(
        trained(copy.deepcopy(module), x, y, epochs=epochs, rate=rate, batch=batch or len(y), shuffled=False)
    )
    if noise:
        draw = np.random.default_rng(9)
        after = {name: each + draw.normal(scale=noise, size=each.shape) for name, each in after.items()}
    how = LocalSteps(examples=len(y), batch=batch or len(y), epochs=epochs, learning_rate=rate)
    seen = SeenUpdate.of(
        module, before, after, how, shape=SHAPE, classes=CLASSES, labels=y if labels else None
    )
    return seen, x, y


@dataclass(frozen=True)
class TorchAnswers:
    """A network that may be asked."""

    module: nn.Module

    def probabilities(self, records: Any, /) -> NDArray[np.float64]:
        with torch.no_grad():
            logits = self.module(torch.from_numpy(np.asarray(records, dtype=np.float32)))
        return np.asarray(logits.double().softmax(dim=1).numpy())


@dataclass(frozen=True)
class TorchRecipe:
    """Learns a small dense network, longer than it should."""

    epochs: int = 30

    def learn(self, records: Any, y: NDArray[np.int64], /, *, seed: int) -> TorchAnswers:
        torch.set_num_threads(1)
        return TorchAnswers(
            trained(fresh(seed=seed), records, y, epochs=self.epochs, rate=0.2, batch=16, seed=seed)
        )
