"""A small network for rows of a table, as the processors of the detection pipelines make them."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn


def rows(shape: tuple[int, ...], classes: int) -> "nn.Module":
    """Rows of shape ``(features,)``: two hidden layers of 64 and 32, ReLU."""
    from torch import nn

    (features,) = shape
    return nn.Sequential(
        nn.Linear(features, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, classes)
    )
