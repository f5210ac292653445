import numpy as np
import pytest
from m209_by_hand import displacements_by_hand

from garrison.ciphers.m209 import KeyRules, acting_pins, displacements, key_stream, random_keys
from garrison.ciphers.m209.indicators import indicator_text
from garrison.ciphers.m209.keys import M209Keys
from garrison.ciphers.m209.wheels import FIRST, PAIRS, SIZES

FEW = KeyRules(overlaps=(1, 3))


def indicators(count: int, seed: int = 0) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    generator = np.random.default_rng(seed)
    return np.stack([generator.integers(size, size=count, dtype=np.uint8) for size in SIZES], axis=1)


def test_shifts_are_those_counted_bar_by_bar() -> None:
    keys, starts = random_keys(1100, FEW, seed=1), indicators(1100)
    found = displacements(keys, 300, starts)
    for row in (0, 1, 511, 1023, 1024, 1099):
        assert found[row].tolist() == displacements_by_hand(keys, row, 300, indicator_text(starts[row]))
    assert set(np.unique(found).tolist()) == {*range(28)}


def test_bars_without_lugs_are_never_shifted() -> None:
    keys = random_keys(20, FEW, seed=2)
    bare = M209Keys(keys.pins, np.where(np.arange(21) < 3, keys.bars, 0).astype(np.uint8))
    assert displacements(bare, 60)[4].tolist() == displacements_by_hand(bare, 4, 60, "AAAAAA")
    assert not displacements(M209Keys(keys.pins, np.zeros_like(keys.bars)), 60).any()


def test_without_indicators_all_wheels_show_a() -> None:
    keys = random_keys(5, FEW, seed=3)
    shown = np.zeros((5, 6), np.uint8)
    np.testing.assert_array_equal(key_stream(keys, 80), key_stream(keys, 80, shown))
    np.testing.assert_array_equal(acting_pins(keys), acting_pins(keys, shown))


def test_pins_act_in_their_order_and_labels_explain_the_stream() -> None:
    keys, starts = random_keys(40, FEW, seed=4), indicators(40, 1)
    pins = acting_pins(keys, starts)
    letters = np.arange(120)
    active = np.stack([pins[:, first + letters % size] for first, size in zip(FIRST, SIZES, strict=True)])
    shifts = np.einsum("wnl,nw->nl", active.astype(int), keys.lugs)
    for pair, (one, other) in enumerate(PAIRS):
        shifts -= (active[one] & active[other]) * keys.pairs[:, pair, None]
    np.testing.assert_array_equal(key_stream(keys, 120, starts), shifts % 26)


def test_the_stream_does_not_depend_on_its_length_or_company() -> None:
    keys = random_keys(1300, FEW, seed=5)
    long = key_stream(keys, 260)
    np.testing.assert_array_equal(key_stream(keys[1200:], 130), long[1200:, :130])
    assert key_stream(keys[:0], 10).shape == (0, 10)


def test_indicators_must_be_one_a_key() -> None:
    with pytest.raises(ValueError, match=r"expected \(3, 6\)"):
        key_stream(random_keys(3, FEW, seed=1), 10, indicators(2))


def test_keys_are_packed_and_unpacked() -> None:
    keys = random_keys(77, FEW, seed=6)
    packed = keys.packed()
    assert packed.shape == (77, 38)
    again = M209Keys.unpacked(packed)
    np.testing.assert_array_equal(again.pins, keys.pins)
    np.testing.assert_array_equal(again.bars, keys.bars)
    joined = M209Keys.join([keys[:30], keys[np.arange(30, 77)]])
    np.testing.assert_array_equal(joined.packed(), packed)


def test_keys_of_wrong_shape_are_refused() -> None:
    keys = random_keys(3, FEW, seed=1)
    with pytest.raises(ValueError, match="should be"):
        M209Keys(keys.pins[:2], keys.bars)
    with pytest.raises(ValueError, match="more than 27 bars"):
        M209Keys(keys.pins, np.full((3, 21), 2, np.uint8))
