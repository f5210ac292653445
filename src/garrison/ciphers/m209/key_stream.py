"""The key stream of many keys at once: by how many letters each letter of each message is shifted.

A bar is shifted when a pin that acts is effective and the bar has a lug at its wheel; two such lugs shift it once. So
the shift is the sum of lugs at the wheels whose pins are effective, less the bars that were counted twice.
"""

import numpy as np
from numpy.typing import NDArray

from garrison.ciphers.m209.keys import Bools, Bytes, M209Keys, lugs_of
from garrison.ciphers.m209.wheels import FIRST, OFFSETS, PINS, SIZES, WHEELS

_ROWS, _LETTERS = 1024, 64
"""Messages and letters that are worked at at a time: what fits into a processor's cache."""


def acting_pins(keys: M209Keys, indicators: Bytes | None = None) -> Bools:
    """Pins in the order in which they act, bool ``(n, 131)``: letter i is made with pin i mod 26 of wheel 1, and so on.

    ``indicators`` uint8 ``(n, 6)`` are the places of the letters shown at the first letter of each message, counted on
    each wheel from A = 0; without them, A is shown on all.
    """
    if indicators is None:
        return keys.pins[:, _turned(np.zeros((1, WHEELS), np.intp))[0]]
    if indicators.shape != (len(keys), WHEELS):
        raise ValueError(f"the indicators have shape {indicators.shape}, expected ({len(keys)}, {WHEELS})")
    return np.take_along_axis(keys.pins, _turned(indicators), axis=1)


def keys_acting(acting: Bools, bars: Bytes, indicators: Bytes | None = None) -> M209Keys:
    """The keys whose pins act in that order, bool ``(n, 131)``, from those letters shown: ``acting_pins`` undone.

    >>> from garrison.ciphers.m209 import random_keys
    >>> keys = random_keys(3, seed=1)
    >>> bool((keys_acting(acting_pins(keys), keys.bars).pins == keys.pins).all())
    True
    """
    order = _turned(np.zeros((len(acting), WHEELS), np.uint8) if indicators is None else indicators)
    pins = np.empty_like(acting)
    np.put_along_axis(pins, np.broadcast_to(order, acting.shape), acting, axis=1)
    return M209Keys(pins, bars)


def _turned(indicators: NDArray[np.integer]) -> NDArray[np.intp]:
    order = np.empty((len(indicators), PINS), np.intp)
    for wheel, (first, size, offset) in enumerate(zip(FIRST, SIZES, OFFSETS, strict=True)):
        begin = indicators[:, wheel, None].astype(np.intp) + offset
        order[:, first : first + size] = first + (begin + np.arange(size)) % size
    return order


def displacements(keys: M209Keys, length: int, indicators: Bytes | None = None) -> Bytes:
    """How many bars are shifted at each letter, uint8 ``(n, length)`` in 0..27.

    ``indicators`` as for ``acting_pins``.
    """
    shifts = np.empty((len(keys), length), np.uint8)
    for begin in range(0, len(keys), _ROWS):
        rows = slice(begin, begin + _ROWS)
        masks = _masks(keys[rows], None if indicators is None else indicators[rows])
        bars = np.ascontiguousarray(keys.bars[rows].T)
        lugs = lugs_of(bars)
        for start in range(0, length, _LETTERS):
            some = min(_LETTERS, length - start)
            turned = [mask[start % size :][:some] for mask, size in zip(masks, SIZES, strict=True)]
            shifts[rows, start : start + some] = _block(turned, lugs, bars[WHEELS:]).T
    return shifts


def _masks(keys: M209Keys, indicators: Bytes | None) -> list[Bytes]:
    """For each wheel, all ones where a pin is effective: letters by messages, a turn and a block of letters long."""
    pins = keys.pins if indicators is None else acting_pins(keys, indicators)
    ones = np.negative(np.ascontiguousarray(pins.T).view(np.int8)).view(np.uint8)
    begin = OFFSETS if indicators is None else (0,) * WHEELS
    return [
        ones[first + (offset + np.arange(size + _LETTERS)) % size]
        for first, size, offset in zip(FIRST, SIZES, begin, strict=True)
    ]


def _block(masks: list[Bytes], lugs: Bytes, pairs: Bytes) -> Bytes:
    """The shifts of a block, letters by messages."""
    total: Bytes = masks[0] & lugs[0]
    twice, each = np.empty_like(total), np.empty_like(total)
    pair = iter(pairs)
    for wheel in range(WHEELS):
        if wheel:
            total += np.bitwise_and(masks[wheel], lugs[wheel], out=each)
        for other in range(wheel + 1, WHEELS):
            shared = np.bitwise_and(masks[other], next(pair), out=each if other > wheel + 1 else twice)
            if other > wheel + 1:
                twice += shared
        if wheel < WHEELS - 1:
            total -= np.bitwise_and(masks[wheel], twice, out=twice)
    return total


def key_stream(keys: M209Keys, length: int, indicators: Bytes | None = None) -> Bytes:
    """The key stream as it shows in messages, uint8 ``(n, length)`` in 0..25: the displacement modulo 26.

    A letter of known plaintext p and its ciphertext c tell it as (c + p + 1) mod 26; displacements 0 and 26, and 1 and
    27, cannot be told apart. ``indicators`` as for ``acting_pins``.

    >>> from garrison.ciphers.m209 import random_keys
    >>> stream = key_stream(random_keys(1000, seed=1), 104)
    >>> stream.shape, stream.dtype, int(stream.max()) <= 25
    ((1000, 104), dtype('uint8'), True)
    """
    return reduced(displacements(keys, length, indicators))


def reduced(letters: Bytes) -> Bytes:
    """Numbers in 0..77 modulo 26, in place; several times as quick as ``%`` on bytes."""
    for _ in range(2):
        letters -= (letters >= 26).view(np.uint8) * np.uint8(26)
    return letters
