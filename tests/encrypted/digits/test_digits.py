"""A network for digits is the convolution it was trained as, learns, and fits its encryption."""

import numpy as np
import pytest
from scipy.signal import correlate2d

from garrison.encrypted import terms_for
from garrison.encrypted.digits import PARAMETERS, train_digits
from garrison.encrypted.digits.filters import spread
from garrison.errors import DataError


def test_spread_filters_are_a_convolution() -> None:
    draw = np.random.default_rng(0)
    filters, bias, picture = draw.normal(size=(3, 5, 5)), draw.normal(size=3), draw.random((28, 28))
    found = spread(filters, bias)(picture.reshape(1, -1)).reshape(3, 13, 13)
    for each, start, seen in zip(filters, bias, found, strict=True):
        whole = correlate2d(np.pad(picture, 1), each, mode="valid") + start
        np.testing.assert_allclose(seen, whole[::2, ::2], atol=1e-12)


def test_it_learns_from_pictures_and_fits_its_encryption() -> None:
    pytest.importorskip("torch")
    draw = np.random.default_rng(1)
    digits = draw.integers(0, 10, 700)
    pictures = (draw.random((700, 28, 28)) * 0.2).astype(np.float32)
    for row, digit in enumerate(digits):
        pictures[row, 4 + 2 * digit : 7 + 2 * digit, 4:24] = 1.0
    told: list[int] = []
    reader = train_digits(
        pictures[:600], digits[:600], epochs=6, held_out=100, after_epoch=lambda epoch, _: told.append(epoch)
    )
    assert told == list(range(1, 7))
    assert reader.accuracy > 0.9
    outputs = reader.circuit(pictures[600:].reshape(100, -1).astype(np.float64))
    assert (outputs.argmax(axis=1) == digits[600:]).mean() > 0.9
    one, two = (train_digits(pictures[:120], digits[:120], epochs=1, held_out=20) for _ in range(2))
    assert one.circuit(np.ones((1, 784))).tobytes() == two.circuit(np.ones((1, 784))).tobytes()
    pytest.importorskip("tenseal")
    terms = terms_for(reader.circuit, PARAMETERS)
    assert (terms.inputs, terms.outputs, terms.squares) == (784, 10, True)
    assert terms.largest <= PARAMETERS.headroom


def test_other_pictures_are_refused() -> None:
    with pytest.raises(DataError, match="pictures of shape"):
        train_digits(np.zeros((5, 8, 8), dtype=np.float32), np.zeros(5, dtype=np.int64))
    with pytest.raises(DataError, match="held out"):
        train_digits(np.zeros((5, 28, 28), dtype=np.float32), np.zeros(5, dtype=np.int64))
