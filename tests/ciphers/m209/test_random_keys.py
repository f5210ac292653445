"""Keys keep the rules, and are spread as the rules have it."""

import pickle
from itertools import groupby
from math import comb

import numpy as np
import pytest

from garrison.ciphers.m209 import KeyRules, random_keys
from garrison.ciphers.m209.lug_settings import makes_every_shift, most_wheels_take_part, number_sets
from garrison.ciphers.m209.random_bars import spread_out
from garrison.ciphers.m209.random_pins import random_pins
from garrison.ciphers.m209.wheels import PAIRS, WHEELS, pins_of
from garrison.errors import SettingsError

UP_TO_5 = KeyRules(overlaps=(1, 5))


def longest_run(pins: list[bool]) -> int:
    """Around the wheel, twice, so that a run over its end is seen whole."""
    return max(len([*run]) for _, run in groupby(pins * 2))


def test_pins_keep_the_rules() -> None:
    pins = random_pins(2000, KeyRules(), np.random.default_rng(1))
    active = pins.sum(1)
    assert (active.min(), active.max()) >= (53, 0)
    assert active.max() <= 78
    for row in pins[:400]:
        assert max(longest_run(row[pins_of(wheel)].tolist()) for wheel in range(WHEELS)) <= 6
    runs = [longest_run(row[pins_of(0)].tolist()) for row in pins]
    assert max(runs) == 6, "runs of six are allowed"


def test_stricter_rules_for_pins() -> None:
    pins = random_pins(200, KeyRules(active=(60, 62), longest_run=4), np.random.default_rng(1))
    assert set(pins.sum(1).tolist()) == {60, 61, 62}
    assert max(longest_run(row[pins_of(w)].tolist()) for row in pins for w in range(WHEELS)) == 4


def test_pins_are_spread_as_dealt_cards_are() -> None:
    """Without the rule on runs, the numbers of effective pins are those of 131 cards out of 156."""
    pins = random_pins(40_000, KeyRules(longest_run=26), np.random.default_rng(2))
    counts = np.bincount(pins.sum(1), minlength=79)[53:79]
    likely = np.array([comb(78, k) * comb(78, 131 - k) / comb(156, 131) for k in range(53, 79)])
    spread = np.sqrt(40_000 * likely * (1 - likely)) + 1
    assert (abs(counts - 40_000 * likely) < 5 * spread).all()
    assert abs(pins.mean(0) - 0.5).max() < 5 * 0.5 / 200


def test_bars_keep_the_rules() -> None:
    keys = random_keys(5000, UP_TO_5, seed=3)
    assert (keys.bars.sum(1) == 27).all()
    assert (keys.lugs.sum(1) == 27 + keys.overlaps).all()
    assert keys.pairs.max() <= 4
    assert makes_every_shift(keys.bars).all()
    assert most_wheels_take_part(keys.bars).all()
    assert spread_out(keys.bars).all()
    sets = {numbers for overlaps in range(1, 6) for group in number_sets(overlaps) for numbers in group}
    assert {tuple(sorted(lugs)) for lugs in keys.lugs.tolist()} <= sets


def test_bars_are_spread_evenly() -> None:
    keys = random_keys(20_000, UP_TO_5, seed=4)
    assert abs(np.bincount(keys.overlaps)[1:] - 4000).max() < 300
    assert abs(keys.lugs.mean(0) - keys.lugs.mean()).max() < 0.15, "no wheel is preferred"
    doubles = np.mean([len(set(lugs)) < WHEELS for lugs in keys.lugs.tolist()])
    assert abs(doubles - 0.1) < 0.02, "one key in ten is of group B"
    distinct = len({bars.tobytes() for bars in keys.bars})
    assert distinct > 15_000


def test_a_class_of_keys_is_asked_for() -> None:
    rules = KeyRules(overlaps=(3, 3), non_shared={1: (6, 6), 4: (0, 2)})
    keys = random_keys(300, rules, seed=5)
    assert set(keys.overlaps.tolist()) == {3}
    assert set(keys.non_shared[:, 0].tolist()) == {6}
    assert keys.non_shared[:, 3].max() <= 2


def test_overlaps_that_cannot_have_the_lugs_are_left_out() -> None:
    keys = random_keys(200, KeyRules(overlaps=(11, 12), non_shared={1: (13, 13)}), seed=6)
    assert set(keys.overlaps.tolist()) == {11}


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ({"overlaps": (12, 12), "non_shared": {1: (13, 13)}}, "no key, or hardly any"),
        ({"overlaps": (1, 1), "non_shared": dict.fromkeys(range(1, 7), (13, 13))}, "no key, or hardly any"),
    ],
)
def test_rules_that_no_key_keeps_are_told(rules: dict[str, object], said: str) -> None:
    with pytest.raises(SettingsError, match=said) as error:
        random_keys(10, KeyRules(**rules), seed=1)  # type: ignore[arg-type]
    assert error.value.remedy


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ({"overlaps": (0, 3)}, "overlaps: 0-3 is out of range"),
        ({"overlaps": (5, 3)}, "overlaps: 5-3 is out of range"),
        ({"overlaps": (1, 13)}, "overlaps"),
        ({"non_shared": {7: (1, 1)}}, "no wheel 7"),
        ({"non_shared": {1: (1, 14)}}, "non-shared lugs of wheel 1"),
        ({"active": (50, 60)}, "effective pins"),
        ({"longest_run": 2}, "runs of at most 2"),
    ],
)
def test_numbers_out_of_range_are_told(rules: dict[str, object], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        KeyRules(**rules)  # type: ignore[arg-type]


def test_rules_are_written_and_read() -> None:
    rules = KeyRules(overlaps=(2, 4), non_shared={3: (1, 5)}, active=(60, 70), longest_run=5)
    assert KeyRules.from_dict(rules.to_dict()) == rules
    assert pickle.loads(pickle.dumps(rules)) == rules
    assert hash(rules) == hash(KeyRules.from_dict(rules.to_dict()))
    assert len(PAIRS) == 15
