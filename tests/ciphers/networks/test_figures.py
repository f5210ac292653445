"""Figures by wheel, class and length, held against counting by hand."""

import json

import numpy as np
import pytest

from garrison.ciphers.m209 import KeyRules, random_keys
from garrison.ciphers.m209.wheels import pins_of
from garrison.ciphers.networks.examples import Batch
from garrison.ciphers.networks.figures import Figures, figures_of
from garrison.ciphers.networks.reading import Read
from garrison.errors import DataError

KEYS = random_keys(60, KeyRules(overlaps=(1, 3)), seed=2)
BATCH = Batch.of(KEYS, 52)


def read_as(pins: np.ndarray, *, lugs_off: float = 0.0) -> Read:
    labels = BATCH.lugs.astype(np.float32)
    return Read(pins.astype(np.float32), labels[:, :6] + lugs_off, labels[:, 6:])


def test_a_perfect_reading() -> None:
    found = figures_of(BATCH, read_as(BATCH.pins))
    assert found.accuracy.value == 1
    assert found.histogram[-1] == 60
    assert found.lug_error.value == found.pair_error.value == 0
    assert all(each.accuracy == 1 for each in found.classes)
    assert not found.at_chance


def test_one_wheel_that_is_read_wrongly() -> None:
    pins = BATCH.pins.copy()
    pins[:, pins_of(2)] ^= 1
    found = figures_of(BATCH, read_as(pins, lugs_off=-0.5))
    assert [wheel.value for wheel in found.wheels] == [1, 1, 0, 1, 1, 1]
    assert found.accuracy.value == pytest.approx(5 / 6)
    assert found.class_mean(3) == 0
    assert found.lug_error.value == pytest.approx(0.5)


def test_classes_are_those_of_the_keys() -> None:
    wrong = KEYS.non_shared[:, 0] == KEYS.non_shared[0, 0]
    pins = BATCH.pins.copy()
    pins[wrong, :13] ^= 1
    found = figures_of(BATCH, read_as(pins))
    for each in (each for each in found.classes if each.wheel == 1):
        rows = (KEYS.non_shared[:, 0] == each.non_shared) & (KEYS.overlaps == each.overlaps)
        assert each.keys == rows.sum()
        assert each.accuracy == (0.5 if wrong[rows].all() else 1)
    assert sum(each.keys for each in found.classes) == 6 * len(KEYS)


def test_classes_of_all_wheels_together() -> None:
    pins = BATCH.pins.copy()
    pins[:, pins_of(2)] ^= 1
    found = figures_of(BATCH, read_as(pins)).of_classes(fewest=1)
    for (overlaps, alone), accuracy in found.items():
        held = (KEYS.overlaps == overlaps)[:, None] & (KEYS.non_shared == alone)
        assert accuracy == pytest.approx(held[:, [0, 1, 3, 4, 5]].sum() / held.sum())
    fewer = figures_of(BATCH, read_as(pins)).of_classes(fewest=20)
    assert set(fewer) < set(found)
    for overlaps, alone in fewer:
        assert ((KEYS.overlaps == overlaps)[:, None] & (KEYS.non_shared == alone)).sum() >= 20


def test_guesses_are_at_chance() -> None:
    guesses = np.random.default_rng(0).random(BATCH.pins.shape)
    found = figures_of(BATCH, read_as(guesses))
    assert found.at_chance
    assert 0.45 < found.accuracy.value < 0.55


def test_figures_go_through_json() -> None:
    found = figures_of(BATCH, read_as(BATCH.pins))
    facts = json.loads(json.dumps(found.to_dict()))
    assert facts.pop("at_chance") is False
    assert Figures.from_dict(facts) == found


def test_one_key_has_no_interval() -> None:
    few = Batch(BATCH.stream[:1], BATCH.pins[:1], BATCH.lugs[:1])
    with pytest.raises(DataError, match="one key"):
        figures_of(
            few, Read(*(part.astype(np.float32) for part in (few.pins, few.lugs[:, :6], few.lugs[:, 6:])))
        )
