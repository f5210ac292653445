"""Keys as the first stage stored them."""

import numpy as np

from garrison.ciphers.m209.key_list import read_key_lists
from garrison.ciphers.m209.keys import M209Keys
from garrison.ciphers.shards import Shards


def stored_keys(shards: Shards, number: int) -> M209Keys:
    """The keys of one shard, verified, whatever form they were stored in."""
    path = shards.path(number, "keys")
    if path.suffix == ".json":
        return read_key_lists(path)
    return M209Keys.unpacked(np.load(path, allow_pickle=False))
