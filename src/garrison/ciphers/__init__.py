"""Ciphers over whole arrays of keys and messages, and what a network learns from ciphertext.

>>> from garrison.ciphers import CIPHERS
>>> sorted(CIPHERS)
['aes128', 'm209', 'speck32_64']

A new cipher is one file, one line of ``CIPHERS`` and one row of its contract test.
"""

from typing import Any

from garrison.ciphers.aes128 import AES128
from garrison.ciphers.cipher import Cipher
from garrison.ciphers.m209.machine import M209
from garrison.ciphers.speck import Speck

CIPHERS: dict[str, type[Cipher[Any]]] = {
    each.name: each
    for each in (
        M209,
        Speck,
        AES128,
    )
}
"""The ciphers by name."""

__all__ = ["AES128", "CIPHERS", "M209", "Cipher", "Speck"]
