"""What the six wheels show: where a message begins, as six letters."""

import numpy as np

from garrison.ciphers.letters import ALPHABET, Bytes, as_text
from garrison.ciphers.m209.keys import M209Keys
from garrison.ciphers.m209.machine import M209
from garrison.ciphers.m209.wheels import LETTERS, WHEELS
from garrison.errors import UsageError


def parse_indicator(text: str) -> Bytes:
    """Six letters as their places on the wheels, uint8 ``(1, 6)``; ``UsageError`` when a wheel has no such letter.

    >>> parse_indicator("ABCDEF").tolist()
    [[0, 1, 2, 3, 4, 5]]
    """
    letters = text.strip().upper()
    if len(letters) != WHEELS:
        raise UsageError(
            f"the indicator {text!r} has {len(letters)} letters",
            expected="one letter a wheel, such as AAAAAA",
        )
    for wheel, (letter, there) in enumerate(zip(letters, LETTERS, strict=True), 1):
        if letter not in there:
            raise UsageError(
                f"wheel {wheel} has no letter {letter!r}", where=f"indicator {letters}", expected=there
            )
    return np.array([[there.index(letter) for letter, there in zip(letters, LETTERS, strict=True)]], np.uint8)


def indicator_text(places: Bytes) -> str:
    """The six letters of one indicator, uint8 ``(6,)``."""
    return "".join(there[int(place)] for there, place in zip(LETTERS, places, strict=True))


def internal_indicator(keys: M209Keys, external: str, letter: str) -> str:
    """The hidden start of a message, as its receiver finds it: ``keys`` is one key.

    The system indicator ``letter`` is enciphered twelve times from the external indicator; of what is printed, each
    wheel in turn takes the next letter that it has (TM 11-380, enciphering the message indicator).
    """
    given, letter = letter, letter.upper()
    if len(letter) != 1 or letter not in ALPHABET:
        raise UsageError(f"the system indicator {given!r} is no letter", expected="A to Z")
    places = parse_indicator(external)
    sent = np.full((1, 2 * WHEELS), ALPHABET.index(letter), np.uint8)
    printed = iter(as_text(M209().encrypt(keys, sent, indicators=places)))
    found = []
    for there in LETTERS:
        found.append(next((each for each in printed if each in there), ""))
    if not all(found):
        raise UsageError(
            "twelve letters do not give every wheel one that it has",
            where=f"system indicator {letter} at {external}",
            remedy="choose another system indicator, as the operators did",
        )
    return "".join(found)
