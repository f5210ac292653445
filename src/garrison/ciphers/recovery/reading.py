"""Which of the keys that fit a crib reads the rest of the message as more of the same language.

A pin that never makes a difference within the crib cannot be known from it, but wrong it spoils every letter at which
it acts afterwards. How often each letter stands in the crib tells spoilt text from plain, in any language.
"""

import numpy as np
from numpy.typing import NDArray

from garrison.ciphers.letters import Bytes
from garrison.ciphers.m209.key_stream import key_stream, keys_acting
from garrison.ciphers.m209.keys import M209Keys
from garrison.ciphers.m209.machine import combined
from garrison.ciphers.m209.wheels import PINS

_LETTERS = 26
_MOST_READ = 2000
_MOST_FLIPS = 40

Floats = NDArray[np.float64]


def likelihoods(acting: M209Keys, later: Bytes, plaintext: Bytes, crib: int) -> Floats:
    """How likely each key's reading of what follows the crib is, natural logarithms ``(n,)``, more is better.

    ``later`` is the ciphertext from the crib's first letter on, ``plaintext`` the crib, ``crib`` its length. At most
    2,000 letters are read.
    """
    read = later[: crib + _MOST_READ]
    found = combined(key_stream(keys_acting(acting.pins, acting.bars), len(read)), read[None])[:, crib:]
    often = np.bincount(plaintext, minlength=_LETTERS) + 1.0
    return np.asarray(np.log(often / often.sum())[found].sum(1))


def read_better(acting: M209Keys, stream: Bytes, later: Bytes, plaintext: Bytes) -> M209Keys:
    """One key, and every key on the way from it that fits ``stream`` too and reads on better, by one pin at a time."""
    way = [acting]
    best = likelihoods(acting, later, plaintext, len(stream))[0]
    for _ in range(_MOST_FLIPS):
        pins = way[-1].pins ^ np.eye(PINS, dtype=np.bool_)
        turned = M209Keys(pins, np.repeat(way[-1].bars, PINS, 0))
        fitting = turned[(key_stream(keys_acting(pins, turned.bars), len(stream)) == stream).all(1)]
        if not len(fitting):
            break
        found = likelihoods(fitting, later, plaintext, len(stream))
        if found.max() <= best:
            break
        best = found.max()
        way.append(fitting[[int(found.argmax())]])
    return M209Keys.join(way)
