"""A circuit computes what its layers say, knows its depth and how large its numbers become."""

import numpy as np
import pytest

from garrison.detection.circuit import Circuit, Dense, Square
from garrison.errors import DataError, ModelError


def a_circuit(*, inputs: int = 5, hidden: int = 3, seed: int = 0) -> Circuit:
    """A network of one hidden layer with squares."""
    draw = np.random.default_rng(seed)
    first = Dense(draw.normal(size=(hidden, inputs)), draw.normal(size=hidden))
    last = Dense(draw.normal(size=(2, hidden)), draw.normal(size=2))
    return Circuit((first, Square(), last), limits=draw.uniform(0.5, 2.0, inputs))


def test_no_row_within_the_limits_goes_beyond_the_bounds() -> None:
    circuit = a_circuit()
    rows = np.random.default_rng(1).uniform(-1, 1, (2_000, 5)) * circuit.limits
    for layer, bound in zip(circuit.layers, circuit.bounds(), strict=True):
        rows = layer(rows)
        assert (np.abs(rows) <= bound * (1 + 1e-12)).all()
        assert np.abs(rows).max() > 0.1 * bound.max()


def test_what_is_beyond_the_limits_is_named_by_row_and_input() -> None:
    circuit = a_circuit()
    rows = np.zeros((4, 5))
    rows[1, 3], rows[3, 0] = circuit.limits[3] * 1.01, np.nan
    assert circuit.outside(rows).tolist() == [[1, 3], [3, 0]]


def test_it_comes_back_from_its_arrays() -> None:
    circuit = a_circuit()
    again = Circuit.from_arrays(circuit.arrays(), layers=circuit.depth)
    rows = np.random.default_rng(2).normal(size=(7, 5))
    assert np.array_equal(circuit(rows), again(rows))
    assert (again.depth, again.inputs, again.outputs) == (3, 5, 2)


def test_parts_that_do_not_fit_are_refused() -> None:
    one = Dense(np.ones((2, 3)), np.zeros(2))
    with pytest.raises(ModelError, match="takes 3 numbers and is given 2"):
        Circuit((one, one), limits=np.ones(3))
    with pytest.raises(ModelError, match="the first of them dense"):
        Circuit((Square(), one), limits=np.ones(3))
    with pytest.raises(ModelError, match="above zero"):
        Circuit((one,), limits=np.zeros(3))
    with pytest.raises(ModelError, match="not finite"):
        Dense(np.array([[np.inf]]), np.zeros(1))
    with pytest.raises(DataError, match=r"shape \(n, 3\)"):
        Circuit((one,), limits=np.ones(3))(np.ones((4, 2)))
