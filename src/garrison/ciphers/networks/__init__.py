"""Networks that read pins and lugs of the M-209 from its key stream; all but this file's names need PyTorch.

A trained network is opened (``open_network``) and reads key streams (``read_streams``); the command
``garrison ciphers train`` makes one.
"""

from garrison.ciphers.networks.reading import Read, read_streams
from garrison.ciphers.networks.saved_network import SavedNetwork, open_network, save_network

__all__ = ["Read", "SavedNetwork", "open_network", "read_streams", "save_network"]
