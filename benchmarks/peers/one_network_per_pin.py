"""The known approach to the M-209: for every pin a residual network of its own, that knows nothing of the machine.

It reads the letters as one-hot vectors through dense residual blocks and gives the odds of one pin. Nothing is shared:
131 pins need 131 trainings.
"""

import time
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from garrison.ciphers.networks.examples import Batch

LETTERS = 26


class PinNetwork(nn.Module):
    """Letters int64 ``(n, length)`` to the logit of one pin, ``(n,)``."""

    def __init__(self, length: int, *, width: int = 256, depth: int = 4) -> None:
        super().__init__()
        self.first = nn.Linear(LETTERS * length, width)
        self.blocks = nn.ModuleList(
            nn.Sequential(
                nn.BatchNorm1d(width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, width)
            )
            for _ in range(depth)
        )
        self.last = nn.Linear(width, 1)

    def forward(self, letters: Tensor) -> Tensor:
        """The logits."""
        x = self.first(functional.one_hot(letters, LETTERS).float().flatten(1))
        for block in self.blocks:
            x = x + block(x)
        found: Tensor = self.last(torch.relu(x))[:, 0]
        return found


def train_for(
    pin: int, batches: Callable[[int], Batch], *, seconds: float, seed: int
) -> tuple[PinNetwork, int]:
    """A network for one pin, trained for so many seconds of the processor, and the keys that it saw."""
    torch.manual_seed(seed)
    first = batches(0)
    network = PinNetwork(first.stream.shape[1])
    adam = torch.optim.Adam(network.parameters(), lr=1e-3)
    began, step, seen = time.process_time(), 0, 0
    while time.process_time() - began < seconds:
        batch = batches(step)
        logits = network(torch.from_numpy(batch.stream).long())
        wanted = torch.from_numpy(batch.pins[:, pin]).float()
        loss = functional.binary_cross_entropy_with_logits(logits, wanted)
        adam.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        adam.step()
        step, seen = step + 1, seen + len(batch)
    return network.eval(), seen


def told(network: PinNetwork, streams: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Which keys have the pin effective, by the network; bool ``(n,)``."""
    with torch.no_grad():
        return np.asarray(network(torch.from_numpy(streams).long()).numpy() > 0)
