"""What Adam remembers of the gradients, as named tensors that a file can hold, and back."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor
    from torch.optim import Optimizer


def moments_of(adam: "Optimizer") -> "dict[str, Tensor]":
    """The tensors by the place of their weight and their name, such as ``0.exp_avg``."""
    return {
        f"{place}.{name}": value
        for place, each in adam.state_dict()["state"].items()
        for name, value in each.items()
    }


def put_back(adam: "Optimizer", moments: "Mapping[str, Tensor]") -> None:
    """Let ``adam`` remember what ``moments_of`` gave; ``ValueError`` where they are of other weights."""
    state: dict[int, dict[str, Any]] = {}
    for name, value in moments.items():
        place, _, what = name.partition(".")
        state.setdefault(int(place), {})[what] = value
    adam.load_state_dict({**adam.state_dict(), "state": state})
