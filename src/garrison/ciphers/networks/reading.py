"""What a trained network reads of key streams: how likely each pin is effective, and how many lugs stand where."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from garrison.ciphers.m209.wheels import WHEELS
from garrison.ciphers.networks.saved_network import SavedNetwork
from garrison.errors import UsageError
from garrison.spread import torch_threads

Floats = NDArray[np.float32]
_AT_ONCE = 256


@dataclass(frozen=True, eq=False)
class Read:
    """``pins`` float32 ``(n, 131)``, probabilities in the order in which pins act; ``lugs`` float32 ``(n, 6)`` and
    ``pairs`` float32 ``(n, 15)``, expected counts, not whole and not below 0."""

    pins: Floats
    lugs: Floats
    pairs: Floats


def read_streams(network: SavedNetwork, streams: NDArray[np.integer], *, device: str = "cpu") -> Read:
    """Read key streams, integers ``(n, length)`` in 0..25, that all begin where their wheels stood first.

    ``UsageError`` for a length that the network was not trained for.
    """
    import torch

    from garrison.ciphers.networks.training import chosen_device

    check_length(network, streams.shape[1])
    place = chosen_device(device)
    module = network.module.to(place)
    pins, lugs = [], []
    with torch.no_grad(), torch_threads():
        for begin in range(0, len(streams), _AT_ONCE):
            part = np.ascontiguousarray(streams[begin : begin + _AT_ONCE], np.int64)
            found = module(torch.from_numpy(part).to(place))[-1]
            pins.append(torch.sigmoid(found.pins).cpu().numpy())
            lugs.append(found.lugs.clamp(min=0).cpu().numpy())
    counts = np.concatenate(lugs)
    return Read(np.concatenate(pins), counts[:, :WHEELS], counts[:, WHEELS:])


def check_length(network: SavedNetwork, length: int) -> None:
    """``UsageError`` for a length that the network was not trained for."""
    shortest, longest = network.lengths
    if not shortest <= length <= longest:
        trained = f"{shortest}" if shortest == longest else f"{shortest} to {longest}"
        raise UsageError(
            f"messages of {length:,} letters, for which the network was not trained",
            expected=f"{trained} letters",
            remedy="take messages of another length, or train a network for these: garrison ciphers train --length "
            f"{length}",
        )
