"""The small network with tanh that learns well under differential privacy: 26,010 weights on MNIST.

Papernot, Thakurta, Song, Chien, Erlingsson: Tempered Sigmoid Activations for Deep Learning with Differential Privacy,
AAAI 2021; the same network in Tramèr, Boneh, ICLR 2021. A bounded activation keeps gradients small, so that clipping
them loses less. Pictures are brought around zero first, as in the latter: with noise in every step that is worth most.
"""

from typing import TYPE_CHECKING

from garrison.federated.networks.centred import centred

if TYPE_CHECKING:
    from torch import nn

_LEAST_SIDE = 20


def tanh_cnn(shape: tuple[int, ...], classes: int) -> "nn.Module":
    """Pictures ``(channels, height, width)``; under 20 pixels a side the kernels are 3 x 3, not 8 x 8 and 4 x 4."""
    import torch
    from torch import nn

    channels, height, width = shape
    large = min(height, width) >= _LEAST_SIDE
    body = [
        centred(),
        nn.Conv2d(channels, 16, 8, stride=2, padding=2) if large else nn.Conv2d(channels, 16, 3, padding=1),
        nn.Tanh(),
        nn.MaxPool2d(2, stride=1),
        nn.Conv2d(16, 32, 4, stride=2) if large else nn.Conv2d(16, 32, 3, padding=1),
        nn.Tanh(),
        nn.MaxPool2d(2, stride=1 if large else 2),
        nn.Flatten(),
    ]
    with torch.no_grad():
        wide = nn.Sequential(*body)(torch.zeros(1, *shape)).shape[1]
    return nn.Sequential(*body, nn.Linear(wide, 32), nn.Tanh(), nn.Linear(32, classes))
