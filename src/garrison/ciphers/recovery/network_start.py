"""A start from what the network reads of the known key stream."""

import numpy as np

from garrison.ciphers.m209.wheels import BARS
from garrison.ciphers.networks import SavedNetwork, read_streams
from garrison.ciphers.recovery.crib import Crib
from garrison.ciphers.recovery.start import Start


def network_start(crib: Crib, network: SavedNetwork) -> Start | None:
    """What ``network`` believes of the key of a crib; None where the crib is shorter than it was trained for.

    Of a longer crib the first letters are read, as many as the network knows. Raises ``UsageError`` where PyTorch is
    missing.
    """
    shortest, longest = network.lengths
    if len(crib.stream) < shortest:
        return None
    read = read_streams(network, crib.stream[np.newaxis, :longest])
    pins, lugs, pairs = (each[0].astype(np.float64) for each in (read.pins, read.lugs, read.pairs))
    return Start(np.clip(pins, 0, 1), np.clip(lugs, 0, BARS), np.clip(pairs, 0, BARS))
