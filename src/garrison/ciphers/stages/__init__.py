"""From keys to arrays, a stage a function: ``keys``, ``encrypt``, ``arrays``; each for training and for testing.

>>> import tempfile
>>> from pathlib import Path
>>> from garrison.ciphers.m209 import KeyRules
>>> from garrison.ciphers.stages import arrays, encrypt, keys, open_arrays
>>> with tempfile.TemporaryDirectory() as place:
...     folder = Path(place)
...     _ = keys(folder, "train", count=100, rules=KeyRules(overlaps=(1, 2)), seed=1)
...     _ = encrypt(folder, "train", mode="known-plaintext", length=52)
...     _ = arrays(folder, "train")
...     {name: each.shape for name, each in open_arrays(folder, "train").arrays(0).items()}
{'lugs': (100, 6), 'pairs': (100, 15), 'pins': (100, 131), 'x': (100, 52)}
"""

from garrison.ciphers.stages.arrays import arrays, open_arrays
from garrison.ciphers.stages.encrypt import encrypt, open_messages
from garrison.ciphers.stages.keys import keys, open_keys
from garrison.ciphers.stages.places import stage_folder
from garrison.ciphers.stages.stored_keys import stored_keys

__all__ = [
    "arrays",
    "encrypt",
    "keys",
    "open_arrays",
    "open_keys",
    "open_messages",
    "stage_folder",
    "stored_keys",
]
