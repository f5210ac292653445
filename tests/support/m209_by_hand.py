"""The M-209 as a person would work it out, bar by bar and letter by letter; and one published key list."""

from typing import Any

from garrison.ciphers.m209 import M209Keys
from garrison.ciphers.m209.wheels import LETTERS, PAIRS, WHEELS

OFFSETS = "PONMLK"
LUGS = "3-6 0-6 1-6 1-5 4-5 0-4*4 2-0*10 2-5*2 0-5*6"
CHECK = "TNJUWAUQTKCZKNUTOTBCWARMIO"


def published() -> dict[str, Any]:
    """The key list that the article on the M-209 in Wikipedia shows, as JSON values."""
    bars = []
    for group in LUGS.split():
        lugs, _, count = group.partition("*")
        bars += [[int(lug) for lug in lugs.split("-")]] * int(count or 1)
    return {
        "name": "AB",
        "bars": bars,
        "pins_effective": [
            *("ABDHIKMNSTVW", "ADEGJKLORSUX", "ABGHJLMNRSTUX", "CEFHIMNPSTU", "BDEFHIMNPS", "ABDHKNOQ")
        ],
        "check": {"external_wheel_start": "AAAAAA", "plaintext": "A" * 26, "ciphertext": CHECK},
    }


def displacements_by_hand(keys: M209Keys, row: int, length: int, indicator: str) -> list[int]:
    """How many bars are shifted at each letter."""
    bars: list[tuple[int, ...]] = []
    for kind, count in enumerate(keys.bars[row].tolist()):
        bars += [(kind,) if kind < WHEELS else PAIRS[kind - WHEELS]] * count
    effective, first = [], 0
    for letters in LETTERS:
        effective.append(
            dict(zip(letters, keys.pins[row, first : first + len(letters)].tolist(), strict=True))
        )
        first += len(letters)
    shown = [letters.index(letter) for letters, letter in zip(LETTERS, indicator, strict=True)]
    found = []
    for _ in range(length):
        acting = [
            effective[wheel][letters[(shown[wheel] + letters.index(OFFSETS[wheel])) % len(letters)]]
            for wheel, letters in enumerate(LETTERS)
        ]
        found.append(sum(any(acting[wheel] for wheel in bar) for bar in bars))
        shown = [(place + 1) % len(letters) for place, letters in zip(shown, LETTERS, strict=True)]
    return found
