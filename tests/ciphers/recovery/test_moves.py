"""The moves of the search: what is kept in step stays in step, and draws have the distribution that they claim."""

import numpy as np
import pytest

from garrison.ciphers.m209 import acting_pins, key_stream, keys_acting, random_keys
from garrison.ciphers.m209.keys import M209Keys
from garrison.ciphers.m209.wheels import FIRST, SIZES
from garrison.ciphers.recovery.bar_moves import draw_bars
from garrison.ciphers.recovery.pin_moves import draw_pins
from garrison.ciphers.recovery.restarts import Restarts
from garrison.ciphers.recovery.start import Floats, Start, random_start

LENGTH = 40


def restarts(count: int, length: int = LENGTH, seed: int = 0) -> Restarts:
    generator = np.random.default_rng(seed)
    stream = generator.integers(26, size=length, dtype=np.uint8)
    stream[:4] = 0, 1, 0, 1
    return Restarts(stream, *random_start(count, generator))


def keys_of(state: Restarts) -> M209Keys:
    return keys_acting(np.ascontiguousarray(state.pins.T), state.bars(np.arange(state.count)))


def test_errors_stay_in_step_with_the_machine() -> None:
    state, generator = restarts(7), np.random.default_rng(1)
    for temperature in (50.0, 5.0, 0.5):
        draw_pins(state, temperature, generator)
        draw_bars(state, temperature, generator, bars=9, against_pairs=np.zeros(7, np.float32))
        assert (state.counts.sum(0) == 27).all()
        stream = key_stream(keys_of(state), LENGTH)
        found = (state.wanted - state.errors)[:LENGTH].T % 26
        assert (found == stream).all()
        assert (state.wanted[:LENGTH] % 26 == state.told[:LENGTH] % 26).all()
        assert (state.wrong() == (stream != state.told[:LENGTH, 0]).sum(1)).all()


def test_a_wheel_is_drawn_from_its_exact_distribution() -> None:
    count, temperature, wheel = 20_000, 40.0, 5
    one = restarts(1)
    one.ambiguous = one.ambiguous[:0]
    state = Restarts(
        one.told[:LENGTH, 0].astype(np.uint8), np.repeat(one.pins, count, 1), np.repeat(one.kinds, count, 1)
    )
    state.ambiguous = state.ambiguous[:0]
    # The odds of the pins of wheel 6, which is drawn last, worked out one by one given what the others became.
    draw_pins(state, temperature, np.random.default_rng(2))
    share = np.zeros(SIZES[wheel])
    for pin in range(SIZES[wheel]):
        squares = []
        for value in (0, 1):
            trial = Restarts(one.told[:LENGTH, 0].astype(np.uint8), state.pins[:, :500], state.kinds[:, :500])
            trial.acting[wheel, pin :: SIZES[wheel]] = value
            trial.compare()
            squares.append((trial.errors[:LENGTH].astype(float) ** 2).sum(0))
        share[pin] = (1 / (1 + np.exp((squares[1] - squares[0]) / temperature))).mean()
    drawn = state.pins[FIRST[wheel] :, :500].mean(1)
    assert np.abs(drawn - share).max() < 5 * 0.5 / np.sqrt(500)
    assert np.ptp(share) > 0.2


def test_a_bar_goes_where_it_fits() -> None:
    key = random_keys(1, seed=3)
    stream = key_stream(key, 200)[0]
    acting = np.ascontiguousarray(acting_pins(key).T)
    kinds = np.repeat(np.arange(21, dtype=np.uint8), key.bars[0])[:, None]
    wrong = kinds.copy()
    wrong[0] = (wrong[0] + 1) % 6
    state = Restarts(stream, acting, wrong)
    state.settle_ambiguous(0.01, np.random.default_rng(0))
    assert state.wrong()[0] > 0
    for seed in range(5):
        draw_bars(state, 0.5, np.random.default_rng(seed), bars=27, against_pairs=np.zeros(1, np.float32))
    assert state.wrong()[0] == 0
    assert (state.counts[:, 0] == key.bars[0]).all()


def test_a_bar_is_drawn_from_its_exact_distribution() -> None:
    count, temperature, against = 40_000, 150.0, 0.7
    one = restarts(1)
    told = one.told[:LENGTH, 0].astype(np.uint8)
    state = Restarts(told, np.repeat(one.pins, count, 1), np.repeat(one.kinds, count, 1))
    state.wanted[:] = one.wanted
    state.ambiguous = state.ambiguous[:0]
    state.compare()
    bar = int(np.random.default_rng(5).permutation(27)[0])
    draw_bars(
        state,
        temperature,
        np.random.default_rng(5),
        bars=1,
        against_pairs=np.full(count, against, np.float32),
    )
    weights = np.empty(21)
    for kind in range(21):
        trial = Restarts(told, one.pins, one.kinds)
        trial.wanted[:] = one.wanted
        trial.ambiguous = trial.ambiguous[:0]
        trial.counts[trial.kinds[bar], 0] -= 1
        trial.kinds[bar] = kind
        trial.counts[kind, 0] += 1
        trial.compare()
        square = float((trial.errors[:LENGTH].astype(float) ** 2).sum())
        weights[kind] = -square / temperature - against * (kind >= 6)
    expected = np.exp(weights - weights.max())
    expected /= expected.sum()
    drawn = np.bincount(state.kinds[bar], minlength=21) / count
    assert expected.max() < 0.5, "there is a choice"
    assert (np.abs(drawn - expected) < 5 * np.sqrt(expected * (1 - expected) / count) + 1e-4).all()


def test_a_start_is_drawn_as_it_is_believed() -> None:
    pins = np.linspace(0, 1, 131)
    pairs = np.zeros(15)
    pairs[0] = 3
    start = Start(pins, np.array([8.0, 7, 5, 4, 4, 2]), pairs)
    drawn, kinds = start.draw(4000, np.random.default_rng(0))
    assert np.abs(drawn.mean(1) - np.clip(pins, 0.02, 0.98)).max() < 0.05
    assert ((kinds == 6).sum(0) >= 3).all()
    assert abs((kinds == 2).sum(0).mean() - 5) < 0.1
    assert start.leaning[65] == pytest.approx(0, abs=0.02)
    assert start.leaning[-1] > 3


@pytest.mark.parametrize(
    ("pins", "lugs", "said"),
    [
        (np.full(130, 0.5), np.zeros(6), "pins have shape"),
        (np.full(131, 1.5), np.zeros(6), "pins are not all within 0 to 1"),
        (np.full(131, 0.5), np.full(6, np.nan), "lugs are not all"),
    ],
)
def test_a_start_that_is_none(pins: Floats, lugs: Floats, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Start(pins, lugs, np.zeros(15))
