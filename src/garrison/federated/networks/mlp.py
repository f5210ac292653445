"""The perceptron of McMahan et al. 2017 ("2NN"): two hidden layers of 200, ReLU; 199,210 weights on MNIST."""

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn


def mlp(shape: tuple[int, ...], classes: int) -> "nn.Module":
    """Records of any ``shape`` are flattened first."""
    from torch import nn

    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(math.prod(shape), 200),
        nn.ReLU(),
        nn.Linear(200, 200),
        nn.ReLU(),
        nn.Linear(200, classes),
    )
