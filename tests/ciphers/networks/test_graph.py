"""The graph that the network works on is the machine's: which letter is made with which pins."""

import numpy as np
import pytest
from numpy.typing import NDArray

from garrison.ciphers.m209 import KeyRules, M209Keys, acting_pins, key_stream, random_keys
from garrison.ciphers.m209.wheels import PINS, WHEELS
from garrison.ciphers.networks.examples import Batch
from garrison.ciphers.networks.incidence import PIN_SLOTS, incidence, pin_shares


def test_a_pin_changes_only_the_letters_it_touches() -> None:
    key = random_keys(1, KeyRules(overlaps=(1, 2)), seed=1)
    length = 60
    touches = incidence(length).touches[:, PIN_SLOTS]
    before = key_stream(key, length)[0]
    order = np.argsort(_places(key), kind="stable")
    for pin in range(PINS):
        changed = key.pins.copy()
        changed[0, order[pin]] ^= True
        other = M209Keys(changed, key.bars)
        differs = np.flatnonzero(key_stream(other, length)[0] != before)
        assert set(differs) <= set(np.flatnonzero(touches[:, pin]))
        assert touches[:, pin].sum() >= len(differs) > 0


def _places(key: M209Keys) -> NDArray[np.intp]:
    """For each stored pin, where it stands among those in the order in which they act."""
    alone = M209Keys(np.eye(PINS, dtype=bool), np.repeat(key.bars, PINS, axis=0))
    return np.asarray(acting_pins(alone).argmax(1))


@pytest.mark.parametrize("length", [26, 104, 200])
def test_letters_are_gathered_in_equal_parts(length: int) -> None:
    graph = incidence(length)
    assert graph.touches.sum(1).tolist() == [WHEELS] * length
    counts = graph.touches.sum(0)
    assert counts[PIN_SLOTS].min() >= 1
    assert np.delete(counts, PIN_SLOTS).sum() == 0
    np.testing.assert_allclose(graph.gathers.sum(1), np.sqrt(counts), rtol=1e-6)
    np.testing.assert_allclose(graph.roots.ravel() ** 2, counts, rtol=1e-6)
    np.testing.assert_allclose(pin_shares().sum(1), 1, rtol=1e-6)


def test_a_batch_has_the_labels_of_its_keys() -> None:
    keys = random_keys(20, KeyRules(overlaps=(2, 2)), seed=3)
    batch = Batch.of(keys, 52)
    assert (batch.stream == key_stream(keys, 52)).all()
    assert (batch.pins == acting_pins(keys)).all()
    assert (batch.lugs[:, 6:].sum(1) == 2).all()
    assert (batch.lugs[:, :6].sum(1) <= 27 + 2).all()
