import numpy as np
import pytest
from small_circuits import line, network, rows_of

from garrison.detection.circuit import Circuit, Dense, Square
from garrison.encrypted.simplified import simplified
from garrison.errors import ModelError


@pytest.mark.parametrize("circuit", [line(), network()], ids=["line", "network"])
def test_result_is_the_same(circuit: Circuit) -> None:
    rows = rows_of(circuit, 20)
    np.testing.assert_allclose(simplified(circuit)(rows), circuit(rows), atol=1e-12)


def test_what_never_changes_or_is_never_looked_at_is_gone() -> None:
    layers = simplified(network()).layers
    assert isinstance(layers[0], Dense)
    assert layers[0].weights.shape == (2, 5)


def test_constants_go_through_squares() -> None:
    first = Dense(np.array([[1.0], [0.0]]), np.array([0.0, 3.0]))
    circuit = Circuit((first, Square(), Dense(np.array([[1.0, 2.0]]), np.zeros(1))), limits=np.ones(1))
    last = simplified(circuit).layers[-1]
    assert isinstance(last, Dense)
    assert last.bias == pytest.approx([18.0])


def test_output_that_is_the_same_for_every_row_is_refused() -> None:
    with pytest.raises(ModelError, match="output 2 of layer 1 is the same for every row"):
        simplified(Circuit((Dense(np.array([[1.0], [0.0]]), np.ones(2)),), limits=np.ones(1)))


def test_weights_that_vanish_count_as_zero() -> None:
    with pytest.raises(ModelError, match="the same for every row"):
        simplified(Circuit((Dense(np.array([[1e-12]]), np.ones(1)),), limits=np.ones(1)), smallest=1e-9)
