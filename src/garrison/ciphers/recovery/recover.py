"""From a crib to the key and the rest of the message.

The attack on known plaintext: the key stream of the crib is known, and pins and bars are sought that make it. Hill
climbing for the M-209 is G. Lasry's (Cryptologia 2016 and his thesis, Kassel 2017); here wheels and bars are drawn in
blocks while many restarts are cooled at once.
"""

import time
from dataclasses import dataclass

import numpy as np

from garrison.ciphers.letters import Bytes
from garrison.ciphers.m209.key_stream import key_stream, keys_acting
from garrison.ciphers.m209.keys import Bools, M209Keys
from garrison.ciphers.m209.machine import M209
from garrison.ciphers.m209.wheels import SIZES, pins_of
from garrison.ciphers.recovery.cooling import cool, look_around
from garrison.ciphers.recovery.crib import Crib
from garrison.ciphers.recovery.fits import MOST_KEPT, Fits, different
from garrison.ciphers.recovery.plan import Plan
from garrison.ciphers.recovery.start import Start
from garrison.ciphers.seeds import Seed
from garrison.errors import CheckFailed

BEYOND = 1000
"""Keys count as different when their key streams differ within so many letters beyond the crib, or in the message."""

ENOUGH_BITS = 10.0
"""With fewer bits to spare a crib does not fix a key, even if only one was found."""

_MOST_SEARCHED = 300
_ROUNDS = 3
_DEFAULT = Plan()


@dataclass(frozen=True, eq=False)
class Recovery:
    """The keys that fit a crib, and what each makes of the message.

    ``keys`` have different key streams, those met most often first; their pins are in the order of the letters, for a
    message that begins at ``indicator``. ``plaintexts`` uint8 ``(n, letters)``; ``agreed`` bool ``(letters,)`` says which
    letters all make alike. ``steps_to_first`` and ``steps`` count passes over one restart; ``came`` of ``restarts`` found
    a key that fits. ``many``: there are more keys than were kept.
    """

    keys: M209Keys
    plaintexts: Bytes
    agreed: Bools
    steps_to_first: int
    steps: int
    came: int
    restarts: int
    seconds: float
    bits_to_spare: float
    many: bool

    @property
    def fixed(self) -> bool:
        """Whether the crib fixes the key: one was found, and chance would hardly make another."""
        return len(self.keys) == 1 and self.bits_to_spare >= ENOUGH_BITS


def recover(
    message: Bytes,
    crib: Crib,
    *,
    indicator: Bytes | None = None,
    start: Start | None = None,
    plan: Plan = _DEFAULT,
    seed: Seed = 0,
) -> Recovery:
    """The keys that fit ``crib``, and the ciphertext ``message``, uint8 ``(letters,)``, deciphered with each.

    ``start`` says what is believed of the key, its pins in the order in which they act from the crib's first letter
    on; without one the search begins at random. ``indicator`` uint8 ``(1, 6)``, by default A on all wheels, only says
    at which letters the pins are called effective. Raises ``CheckFailed`` when no key was found in time.

    >>> from garrison.ciphers.m209 import random_keys
    >>> key, text = random_keys(1, seed=5), np.zeros(500, np.uint8)
    >>> message = M209().encrypt(key, text[None])[0]
    >>> found = recover(message, Crib.of(message, text[:104]))
    >>> found.fixed, bool((found.plaintexts[0] == text).all())
    (True, True)
    """
    began = time.monotonic()
    generator = np.random.default_rng(seed)
    searched = crib.stream[:_MOST_SEARCHED]
    fits, steps, tries = Fits(len(searched)), 0, 0
    while not len(fits):
        if tries and time.monotonic() - began > plan.seconds:
            raise _none_found(crib, fits, steps)
        how = plan.cooling(len(searched), tries, informed=start is not None and tries == 0)
        steps = cool(searched, how, fits, generator, start=None if tries else start, steps=steps)
        tries += 1
    steps = look_around(searched, plan.looking_around(), fits, generator, rounds=_ROUNDS, steps=steps)
    length = max(len(crib.stream) + BEYOND, len(message) - crib.at)
    acting = _all_of(crib, different(fits.keys(), length))
    keys = keys_acting(
        _turned(acting.pins, crib.at),
        acting.bars,
        None if indicator is None else np.repeat(indicator, len(acting), 0),
    )
    sent = np.repeat(message[None], len(keys), 0)
    starts = None if indicator is None else np.repeat(indicator, len(keys), 0)
    plaintexts = M209().decrypt(keys, sent, indicators=starts)
    return Recovery(
        keys=keys,
        plaintexts=plaintexts,
        agreed=np.asarray((plaintexts == plaintexts[0]).all(0)),
        steps_to_first=fits.steps_to_first,
        steps=steps,
        came=fits.came,
        restarts=plan.restarts,
        seconds=time.monotonic() - began,
        bits_to_spare=crib.bits_to_spare,
        many=len(fits) >= MOST_KEPT,
    )


def _turned(acting: Bools, back: int) -> Bools:
    """Pins in the order in which they act from ``back`` letters earlier on."""
    pins = np.empty_like(acting)
    for wheel, size in enumerate(SIZES):
        pins[:, pins_of(wheel)] = np.roll(acting[:, pins_of(wheel)], back % size, axis=1)
    return pins


def _all_of(crib: Crib, acting: M209Keys) -> M209Keys:
    """The keys that fit the whole crib, where the search looked at its beginning alone."""
    streams = key_stream(keys_acting(acting.pins, acting.bars), len(crib.stream))
    right = streams == crib.stream
    if not (fitting := right.all(1)).any():
        first = int(np.argmin(right[0]))
        raise CheckFailed(
            f"the key of the crib's first {_MOST_SEARCHED} letters does not fit its letter {first + 1:,}",
            where=f"letter {crib.at + first + 1:,} of the message",
            remedy="correct the crib there, or end it before",
        )
    return acting[fitting]


def _none_found(crib: Crib, fits: Fits, steps: int) -> CheckFailed:
    letters = min(len(crib.stream), _MOST_SEARCHED)
    return CheckFailed(
        "no key was found that makes the crib of the message",
        where=f"{steps:,} steps; the best key has {fits.wrong:,} of {letters:,} letters wrong",
        expected="plaintext without a mistake, in its right place (--at), of a message of the M-209",
        remedy="search longer (--seconds), with another --seed, or with a longer crib",
    )
