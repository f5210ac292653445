"""The M-209 in plain Python: cards dealt one by one, overlaps spread until every shift comes up, letter by letter."""

import random
from collections.abc import Sequence
from itertools import combinations, combinations_with_replacement

WHEELS = (
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "ABCDEFGHIJKLMNOPQRSTUVXYZ",
    "ABCDEFGHIJKLMNOPQRSTUVX",
    "ABCDEFGHIJKLMNOPQRSTU",
    "ABCDEFGHIJKLMNOPQRS",
    "ABCDEFGHIJKLMNOPQ",
)
GUIDES = "PONMLK"
BARS = 27
PAIRS = list(combinations(range(6), 2))


def _complete(numbers: Sequence[int]) -> bool:
    return all(number <= sum(numbers[:place]) + 1 for place, number in enumerate(numbers))


SETS = [
    numbers
    for numbers in combinations_with_replacement(range(1, 14), 6)
    if BARS < sum(numbers) <= BARS + 12 and _complete(numbers) and len(set(numbers)) >= 5
]
GROUPS = {
    overlaps: [
        [numbers for numbers in SETS if sum(numbers) == BARS + overlaps and len(set(numbers)) == kinds]
        for kinds in (6, 5)
    ]
    for overlaps in range(1, 13)
}


def random_key(generator: random.Random) -> tuple[list[str], list[tuple[int, int]]]:
    """Effective pins of each wheel, and 27 bars, by the rules of TM 11-380 (1944)."""
    return _random_pins(generator), _random_bars(generator)


def _random_pins(generator: random.Random) -> list[str]:
    cards = [True] * 78 + [False] * 78
    while True:
        generator.shuffle(cards)
        dealt = iter(cards)
        pins = [[letter for letter in letters if next(dealt)] for letters in WHEELS]
        if not any(_has_run(letters, set(on)) for letters, on in zip(WHEELS, pins, strict=True)):
            return ["".join(on) for on in pins]


def _has_run(letters: str, effective: set[str]) -> bool:
    run = 0
    before = None
    for letter in letters + letters[:6]:
        now = letter in effective
        run = run + 1 if now == before else 1
        before = now
        if run > 6:
            return True
    return False


def _random_bars(generator: random.Random) -> list[tuple[int, int]]:
    overlaps = generator.randint(1, 12)
    group = GROUPS[overlaps][generator.random() < 0.1]
    numbers = list(generator.choice(group))
    while True:
        generator.shuffle(numbers)
        left, shared = numbers.copy(), dict.fromkeys(PAIRS, 0)
        for _ in range(overlaps):
            free = [
                (one, other) for one, other in PAIRS if left[one] and left[other] and shared[one, other] < 4
            ]
            if not free:
                break
            pair = generator.choice(free)
            shared[pair] += 1
            left[pair[0]] -= 1
            left[pair[1]] -= 1
        else:
            used = [pair for pair, count in shared.items() if count]
            if _well_spread(used):
                bars = [(wheel + 1, 0) for wheel, count in enumerate(left) for _ in range(count)]
                bars += [(one + 1, other + 1) for (one, other), count in shared.items() for _ in range(count)]
                if _every_shift(bars):
                    return bars


def _well_spread(used: Sequence[tuple[int, int]]) -> bool:
    if len(used) >= 3 and len({wheel for pair in used for wheel in pair}) < 4:
        return False
    near = [other - one == 1 for one, other in used]
    return len(used) < 2 or (any(near) and not all(near))


def _every_shift(bars: Sequence[tuple[int, int]]) -> bool:
    found = set()
    for active in range(64):
        found.add(
            sum(1 for one, other in bars if active >> (one - 1) & 1 or (other and active >> (other - 1) & 1))
        )
    return len(found) == BARS + 1


class Machine:
    """One machine with its pins and lugs set, and A shown on every wheel."""

    def __init__(self, pins: Sequence[str], bars: Sequence[Sequence[int]]) -> None:
        self.pins = [[letter in on for letter in letters] for letters, on in zip(WHEELS, pins, strict=True)]
        self.bars = [[lug - 1 for lug in bar if lug] for bar in bars]
        self.places = [letters.index(guide) for letters, guide in zip(WHEELS, GUIDES, strict=True)]

    def encipher(self, text: str) -> str:
        """The ciphertext of letters A to Z."""
        printed = []
        for letter in text:
            active = [pins[place] for pins, place in zip(self.pins, self.places, strict=True)]
            shift = 0
            for bar in self.bars:
                for wheel in bar:
                    if active[wheel]:
                        shift += 1
                        break
            printed.append(chr(65 + (25 + shift - (ord(letter) - 65)) % 26))
            self.places = [
                (place + 1) % len(pins) for place, pins in zip(self.places, self.pins, strict=True)
            ]
        return "".join(printed)
