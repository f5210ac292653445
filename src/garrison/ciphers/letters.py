"""Letters as numbers A = 0 to Z = 25, and text made ready as the operators of the M-209 did: Z for the space."""

import unicodedata

import numpy as np
from numpy.typing import NDArray

from garrison.errors import DataError

Bytes = NDArray[np.uint8]

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SPACE = ALPHABET.index("Z")
_A, _SMALL_A = ord("A"), ord("a")
_NONE = 255
_APOSTROPHES = {ord(mark): None for mark in "'’ʼ"}

_NUMBER_OF = np.full(256, _NONE, np.uint8)
_NUMBER_OF[_A : _A + 26] = _NUMBER_OF[_SMALL_A : _SMALL_A + 26] = np.arange(26)


def message_letters(text: str, *, spaces: bool = False) -> Bytes:
    """The letters of a message, uint8 ``(length,)``; spaces and line ends are left out, or become Z with ``spaces``.

    Small letters count as capitals. Raises ``DataError`` for anything else, and where no letter is left.

    >>> as_text(message_letters("Attack at dawn", spaces=True))
    'ATTACKZATZDAWN'
    """
    words = text.split()
    joined = ("Z" if spaces else "").join(words)
    numbers = _NUMBER_OF[np.frombuffer(joined.encode("latin-1", "replace"), np.uint8)]
    if (wrong := np.flatnonzero(numbers == _NONE)).size:
        mark = joined[wrong[0]]
        raise DataError(
            f"the message has {mark!r}, which the machine cannot print",
            where=f"character {text.index(mark) + 1}: {_around(text, text.index(mark))}",
            expected="letters A to Z" + ("" if spaces else " and spaces"),
            remedy="spell out numbers and marks, as the operators did",
        )
    if not numbers.size:
        raise DataError("the message has no letters", expected="letters A to Z")
    return numbers


def _around(text: str, place: int) -> str:
    return repr(text[max(0, place - 10) : place + 10])


def running_letters(text: str) -> Bytes:
    """The letters of any text, uint8 ``(length,)``: what stands between words, whatever it is, becomes one Z.

    Accents and apostrophes are dropped.

    >>> as_text(running_letters("It's a café, said he -- No. 7!"))
    'ITSZAZCAFEZSAIDZHEZNO'
    """
    plain = unicodedata.normalize("NFKD", text.translate(_APOSTROPHES))
    plain = (
        "".join(mark for mark in plain if not unicodedata.combining(mark)) if not plain.isascii() else plain
    )
    numbers = _NUMBER_OF[np.frombuffer(plain.encode("ascii", "replace"), np.uint8)]
    between = numbers == _NONE
    numbers[between] = SPACE
    kept = numbers[~(between & np.concatenate([[True], between[:-1]]))]
    ends_between = bool(kept.size and between[-1])
    return np.asarray(kept[:-1] if ends_between else kept)


def as_text(letters: Bytes) -> str:
    """Numbers as letters.

    >>> as_text(np.array([7, 4, 24], np.uint8))
    'HEY'
    """
    return (np.asarray(letters, np.uint8) + np.uint8(_A)).tobytes().decode("ascii")


def in_groups(text: str, size: int = 5) -> str:
    """Text in groups of five, as messages were sent.

    >>> in_groups("NQHNLCAARZOLTV")
    'NQHNL CAARZ OLTV'
    """
    return " ".join(text[start : start + size] for start in range(0, len(text), size))
