"""One row through a model of sums and products."""

import itertools
from bisect import bisect_right

import numpy as np

from garrison.detection.circuit import Dense
from garrison.detection.compiled.encoded import expit
from garrison.detection.families.base import Floats
from garrison.detection.families.polynomial_model import PolynomialModel


class PolynomialRow:
    """A row's inputs, its circuit, and the output as a probability."""

    name = "numpy"

    def __init__(self, model: PolynomialModel) -> None:
        self._encoding, self._limits = model.encoding, model.circuit.limits
        self._lines = [
            (int(column), knots.tolist(), places.tolist())
            for column, (knots, places) in zip(model.encoding.measured, model.encoding.lines(), strict=True)
        ]
        self._layers = model.circuit.layers

    def score_one(self, row: Floats) -> float:
        """The score of one row, float64 ``(d,)``."""
        encoding = self._encoding
        levels = len(encoding.columns)
        units = np.empty(encoding.inputs)
        units[:levels] = row[encoding.columns] == encoding.levels
        for place, (column, knots, places) in enumerate(self._lines, levels):
            units[place] = _on_line(float(row[column]), knots, places)
        units = np.clip(units, -self._limits, self._limits)
        for layer in self._layers:
            units = layer.weights @ units + layer.bias if isinstance(layer, Dense) else units * units
        return expit(float(units[0]))

    def values(self) -> list[Floats]:
        """For each feature, shape (k,), values that tell scores apart: its levels, or its knots and between them."""
        found = [np.zeros(1)] * self._encoding.features
        for column in np.unique(self._encoding.columns):
            found[column] = np.append(self._encoding.levels[self._encoding.columns == column], [0.5, -1e6])
        for column, knots, _ in self._lines:
            between = [(low + high) / 2 for low, high in itertools.pairwise(knots)]
            found[column] = np.array([knots[0] - 1.0, *knots, *between, knots[-1] + 1.0])
        return found


def _on_line(value: float, knots: list[float], places: list[float]) -> float:
    """What ``numpy.interp`` gives of one value, without its cost.

    >>> _on_line(2.5, [1.0, 2.0, 4.0], [-1.0, 0.0, 1.0]), _on_line(9.0, [1.0, 2.0, 4.0], [-1.0, 0.0, 1.0])
    (0.25, 1.0)
    """
    after = bisect_right(knots, value)
    if not 0 < after < len(knots):
        return places[0] if not after else places[-1]
    low, high = knots[after - 1], knots[after]
    return places[after - 1] + (places[after] - places[after - 1]) / (high - low) * (value - low)
