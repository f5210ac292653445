"""From a crib to the key and the rest of the message.

The attack on known plaintext: the key stream of the crib is known, and pins and bars are sought that make it. Hill
climbing for the M-209 is G. Lasry's (Cryptologia 2016 and his thesis, Kassel 2017); here wheels and bars are drawn in
blocks while many restarts are cooled at once.
"""

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from garrison.ciphers.letters import Bytes
from garrison.ciphers.m209.key_stream import key_stream, keys_acting
from garrison.ciphers.m209.keys import Bools, M209Keys
from garrison.ciphers.m209.machine import M209
from garrison.ciphers.m209.wheels import SIZES, pins_of
from garrison.ciphers.recovery.cooling import cool, look_around
from garrison.ciphers.recovery.crib import Crib
from garrison.ciphers.recovery.fits import Fits, different
from garrison.ciphers.recovery.plan import Plan
from garrison.ciphers.recovery.reading import likelihoods, read_better
from garrison.ciphers.recovery.start import Start
from garrison.ciphers.seeds import Seed
from garrison.errors import CheckFailed

BEYOND = 1000
"""Keys count as different when their key streams differ within so many letters beyond the crib, or in the message."""

ENOUGH_BITS = 10.0
"""With fewer bits to spare a crib does not fix a key, even if only one was found."""

MUCH_WORSE = 10.0
"""A key that reads the rest of the message worse by this much is left out: e to the 10th times less likely."""

_MOST_COMPARED = 1 << 26
_MOST_SEARCHED = 300
_ROUNDS = 3
_DEFAULT = Plan()


@dataclass(frozen=True, eq=False)
class Recovery:
    """The keys that fit a crib, and what they make of the message.

    ``keys`` have different key streams; their pins are in the order of the letters, for a message that begins at
    ``indicator``. First stands the one that reads the rest best; ``behind`` float ``(n,)`` says by how much (natural
    logarithm of likelihood) each reads it worse. ``plaintext`` uint8 ``(letters,)`` is what the first makes of the
    message; ``agreed`` bool ``(letters,)`` says which of its letters all keys make that are left.
    ``steps_to_first`` and ``steps`` count passes over one restart; ``came`` of ``restarts`` found a key that fits.
    """

    keys: M209Keys
    behind: NDArray[np.float64]
    plaintext: Bytes
    agreed: Bools
    steps_to_first: int
    steps: int
    came: int
    restarts: int
    seconds: float
    bits_to_spare: float

    @property
    def likely(self) -> int:
        """How many keys are left: those that read the rest of the message not much worse than the first.

        All of them, where a crib is so short that the right one may not be among them.
        """
        return int(np.count_nonzero(self.behind <= _tolerance(self.bits_to_spare)))

    @property
    def fixed(self) -> bool:
        """Whether one key is left, by the crib and the rest of the message, and chance would hardly make another."""
        return self.likely == 1 and self.bits_to_spare >= ENOUGH_BITS


def _tolerance(bits_to_spare: float) -> float:
    return MUCH_WORSE if bits_to_spare >= ENOUGH_BITS else np.inf


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
    >>> found.fixed, bool((found.plaintext == text).all())
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
    later = message[crib.at :]
    acting = _all_of(crib, fits.keys())
    acting = M209Keys.join(
        [acting, read_better(_best(acting, later, crib), crib.stream, later, crib.plaintext)]
    )
    acting = different(acting, max(len(crib.stream) + BEYOND, len(later)))
    read = likelihoods(acting, later, crib.plaintext, len(crib.stream))
    order = np.argsort(-read, kind="stable")
    acting, behind = acting[order], read[order[0]] - read[order]
    starts = None if indicator is None else np.repeat(indicator, len(acting), 0)
    keys = keys_acting(_turned(acting.pins, crib.at), acting.bars, starts)
    most = max(2, _MOST_COMPARED // len(message))
    likely = np.flatnonzero(behind <= _tolerance(crib.bits_to_spare))[:most]
    plaintexts = M209().decrypt(
        keys[likely],
        np.repeat(message[None], len(likely), 0),
        indicators=None if starts is None else starts[likely],
    )
    return Recovery(
        keys=keys,
        behind=behind,
        plaintext=plaintexts[0],
        agreed=np.asarray((plaintexts == plaintexts[0]).all(0)),
        steps_to_first=fits.steps_to_first,
        steps=steps,
        came=fits.came,
        restarts=plan.restarts,
        seconds=time.monotonic() - began,
        bits_to_spare=crib.bits_to_spare,
    )


def _best(acting: M209Keys, later: Bytes, crib: Crib) -> M209Keys:
    return acting[[int(likelihoods(acting, later, crib.plaintext, len(crib.stream)).argmax())]]


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
