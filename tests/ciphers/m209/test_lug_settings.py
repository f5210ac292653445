"""The tabulated settings of bars, beside a count by brute force."""

from itertools import combinations_with_replacement

import numpy as np

from garrison.ciphers.m209.lug_settings import lug_settings, makes_every_shift, number_sets, shifts
from garrison.ciphers.m209.wheels import PAIRS, WHEELS


def brute_force(overlaps: int) -> set[tuple[int, ...]]:
    """Every setting for every set of numbers, by trying all ways to choose so many pairs."""
    found = set()
    for numbers in [each for group in number_sets(overlaps) for each in group]:
        for chosen in combinations_with_replacement(range(len(PAIRS)), overlaps):
            pairs = [chosen.count(pair) for pair in range(len(PAIRS))]
            alone = [
                number - sum(count for count, pair in zip(pairs, PAIRS, strict=True) if wheel in pair)
                for wheel, number in enumerate(numbers)
            ]
            wheels = {wheel for count, pair in zip(pairs, PAIRS, strict=True) if count for wheel in pair}
            few = sum(map(bool, pairs)) < 3 or len(wheels) >= 4
            if min(alone) >= 0 and max(pairs) <= 4 and few and every_shift([*alone, *pairs]):
                found.add((*alone, *pairs))
    return found


KINDS = [(wheel,) for wheel in range(WHEELS)] + [*PAIRS]
SHIFTED = np.array([[any(active >> wheel & 1 for wheel in kind) for active in range(64)] for kind in KINDS])


def every_shift(bars: list[int]) -> bool:
    return {*(np.array(bars) @ SHIFTED).tolist()} == {*range(28)}


def test_every_setting_is_there_once() -> None:
    for overlaps in (1, 2):
        bars, likely = lug_settings(overlaps)
        assert {tuple(each) for each in bars.tolist()} == brute_force(overlaps)
        assert len(bars) == len({tuple(each) for each in bars.tolist()}) == len(likely)


def test_shifts_are_counted_bar_by_bar() -> None:
    bars, _ = lug_settings(3)
    some = bars[:: len(bars) // 20]
    found = shifts(some)
    np.testing.assert_array_equal(found.T, some.astype(int) @ SHIFTED)
    wrong = some.copy()
    wrong[:, :WHEELS] = np.sort(wrong[:, :WHEELS]) // 4 * 4
    assert makes_every_shift(wrong).tolist() == [every_shift(each) for each in wrong.tolist()]


def test_groups_and_sets_have_their_shares() -> None:
    for overlaps in (2, 4):
        bars, likely = lug_settings(overlaps)
        lugs = [tuple(sorted(each)) for each in _lugs(bars).tolist()]
        groups = number_sets(overlaps)
        for group, share in zip(groups, (0.9, 0.1), strict=True):
            for numbers in group:
                of_set = sum(each for each, found in zip(likely, lugs, strict=True) if found == numbers)
                assert abs(of_set - share / len(group)) < 1e-12


def test_sets_are_those_of_the_manual() -> None:
    """Appendix II begins with 1 2 3 4 8 10 and ends, for 12 overlaps, with 1 2 4 8 11 13; no number is above 13."""
    first, _ = number_sets(1)
    last, _ = number_sets(12)
    assert (1, 2, 3, 4, 8, 10) in first
    assert (1, 2, 4, 8, 11, 13) in last
    assert len(last) == 2


def _lugs(
    bars: np.ndarray[tuple[int, ...], np.dtype[np.uint8]],
) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    lugs = bars[:, :WHEELS].copy()
    for pair, (one, other) in enumerate(PAIRS, WHEELS):
        lugs[:, one] += bars[:, pair]
        lugs[:, other] += bars[:, pair]
    return lugs
