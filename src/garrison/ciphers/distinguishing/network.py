"""The residual network that tells real pairs from random ones, after Gohr (CRYPTO 2019, section 4.2).

A convolution of width 1 looks at the same bit of all words; residual blocks of two convolutions of width 3 look at its
neighbours; two dense layers decide.
"""

from typing import TYPE_CHECKING

from garrison.ciphers.torch_extra import need_torch

if TYPE_CHECKING:
    from torch import nn

FILTERS = 32
HIDDEN = 64


def build_network(words: int, bits: int, *, depth: int, seed: int) -> "nn.Module":
    """A network of ``depth`` residual blocks: inputs float ``(n, words, bits)``, one logit a row, ``(n,)``."""
    need_torch()
    import torch
    from torch import Tensor, nn

    class Block(nn.Module):
        """Two convolutions, and what came in added to what comes out."""

        def __init__(self) -> None:
            super().__init__()
            layers: list[nn.Module] = []
            for _ in range(2):
                layers += [nn.Conv1d(FILTERS, FILTERS, 3, padding=1), nn.BatchNorm1d(FILTERS), nn.ReLU()]
            self.layers = nn.Sequential(*layers)

        def forward(self, x: Tensor) -> Tensor:
            found: Tensor = x + self.layers(x)
            return found

    class Distinguisher(nn.Module):
        """Bits to one logit."""

        def __init__(self) -> None:
            super().__init__()
            self.layers = nn.Sequential(
                nn.Conv1d(words, FILTERS, 1),
                nn.BatchNorm1d(FILTERS),
                nn.ReLU(),
                *(Block() for _ in range(depth)),
                nn.Flatten(),
                nn.Linear(FILTERS * bits, HIDDEN),
                nn.BatchNorm1d(HIDDEN),
                nn.ReLU(),
                nn.Linear(HIDDEN, HIDDEN),
                nn.BatchNorm1d(HIDDEN),
                nn.ReLU(),
                nn.Linear(HIDDEN, 1),
            )

        def forward(self, x: Tensor) -> Tensor:
            found: Tensor = self.layers(x).squeeze(1)
            return found

    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return Distinguisher()
