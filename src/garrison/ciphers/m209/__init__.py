"""The M-209 of Boris Hagelin: six wheels of 131 pins and 27 bars, over whole arrays of keys and messages.

>>> from garrison.ciphers.m209 import KeyRules, key_stream, random_keys
>>> keys = random_keys(2000, KeyRules(overlaps=(4, 4)), seed=1)
>>> key_stream(keys, 52).shape
(2000, 52)
"""

from garrison.ciphers.m209.key_stream import acting_pins, displacements, key_stream, keys_acting
from garrison.ciphers.m209.keys import M209Keys
from garrison.ciphers.m209.random_keys import random_keys
from garrison.ciphers.m209.rules import KeyRules

__all__ = ["KeyRules", "M209Keys", "acting_pins", "displacements", "key_stream", "keys_acting", "random_keys"]
