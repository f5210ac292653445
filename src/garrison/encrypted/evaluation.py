"""A circuit worked out on ciphertexts that hold a column each; and a weighted sum on one that holds whole rows.

Every number is multiplied by one plain number at a time, and every product is brought back to the parameters' scale.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from garrison.detection.circuit import Circuit, Dense
from garrison.encrypted.packing.rows import together
from garrison.encrypted.precision import relinearised_late
from garrison.encrypted.seal import Seal
from garrison.encrypted.simplified import simplified
from garrison.encrypted.terms import Terms
from garrison.errors import EncryptionError, ModelError


class Evaluation:
    """One circuit under one set of parameters; holds no key, and nothing of any client."""

    def __init__(self, circuit: Circuit, terms: Terms, seal: Seal) -> None:
        self._seal = seal
        self._terms = terms
        self.circuit = simplified(circuit, smallest=1 / terms.parameters.scale)
        first = self.circuit.layers[0]
        self._first: Dense = first  # type: ignore[assignment]  # a circuit begins with a dense layer
        self._row_weights = self._tiled() if terms.linear else None

    @property
    def used(self) -> tuple[bool, ...]:
        """Which inputs the outputs depend on."""
        return tuple(bool(column.any()) for column in self._first.weights.T)

    def columns(self, inputs: Iterable[Any], squares: Any) -> Iterator[Any]:
        """The outputs, a ciphertext each, of the inputs of a part, each of which is let go after its use.

        ``inputs`` gives None for an input that is not used. ``squares`` are relinearisation keys, where needed.
        """
        level, scale = len(self._seal.primes) - 1, self._terms.parameters.scale
        numbers: Iterable[Any] = inputs
        layers = self.circuit.layers
        try:
            for place, layer in enumerate(layers):
                if isinstance(layer, Dense):
                    numbers, scale = self._sums(layer, numbers, level, scale, squares)
                else:
                    late = relinearised_late(self.circuit, place)
                    numbers = [self._square(each, squares, relinearise=not late) for each in numbers]
                    scale = scale**2 / self._seal.primes[level]
                level -= 1
            for number in numbers:
                yield self._finished(number)
        except (ValueError, RuntimeError) as error:
            raise _refused(error) from error

    def rows(self, numbers: Any, turns: Any) -> Any:
        """The weighted sum of every row in a ciphertext, in all slots of the row."""
        seal = self._seal
        try:
            found = seal.api.Ciphertext(seal.context)
            seal.evaluator.multiply_plain(numbers, self._row_weights, found)
            seal.evaluator.rescale_to_next_inplace(found)
            for step in seal.rotations(self._terms.block):
                turned = seal.api.Ciphertext(seal.context)
                seal.evaluator.rotate_vector(found, step, turns, turned)
                seal.evaluator.add_inplace(found, turned)
            found.scale = self._terms.parameters.scale
            self._add(found, float(self._first.bias[0]), len(seal.primes) - 2)
        except (ValueError, RuntimeError) as error:
            raise _refused(error) from error
        return self._finished(found)

    def _sums(
        self, layer: Dense, inputs: Iterable[Any], level: int, scale: float, squares: Any
    ) -> tuple[list[Any], float]:
        """Input by input, so that no more than one of them is held beside the sums."""
        seal, target = self._seal, self._terms.parameters.scale
        weight_scale = target * seal.primes[level] / scale
        sums: list[Any] = [None] * len(layer.bias)
        plain = seal.api.Plaintext()
        for place, number in enumerate(inputs):
            for output in map(int, np.flatnonzero(layer.weights[:, place])):
                weight = float(layer.weights[output, place])
                seal.encoder.encode(weight, seal.levels[level], weight_scale, plain)
                if plain.is_zero():
                    continue
                product = seal.api.Ciphertext(seal.context)
                seal.evaluator.multiply_plain(number, plain, product)
                if sums[output] is None:
                    sums[output] = product
                else:
                    seal.evaluator.add_inplace(sums[output], product)
        for output, found in enumerate(sums):
            self._two_parts(found, squares)
            seal.evaluator.rescale_to_next_inplace(found)
            found.scale = target
            self._add(found, float(layer.bias[output]), level - 1)
        return sums, target

    def _add(self, number: Any, bias: float, level: int) -> None:
        plain = self._seal.api.Plaintext()
        self._seal.encoder.encode(bias, self._seal.levels[level], number.scale, plain)
        if not plain.is_zero():
            self._seal.evaluator.add_plain_inplace(number, plain)

    def _square(self, number: Any, squares: Any, *, relinearise: bool) -> Any:
        """The square; where sums of squares are fewer than squares, it is they that are relinearised, later."""
        seal = self._seal
        found = seal.api.Ciphertext(seal.context)
        seal.evaluator.square(number, found)
        if relinearise:
            seal.evaluator.relinearize_inplace(found, squares)
        seal.evaluator.rescale_to_next_inplace(found)
        return found

    def _two_parts(self, number: Any, squares: Any) -> None:
        if number.size() > 2:
            self._seal.evaluator.relinearize_inplace(number, squares)

    def _finished(self, number: Any) -> Any:
        """At the last level, where it takes the fewest bytes, and with its scale exactly as agreed."""
        self._seal.evaluator.mod_switch_to_inplace(number, self._seal.levels[0])
        number.scale = self._terms.scale
        return number

    def _tiled(self) -> Any:
        """The weights as they lie over the slots of a ciphertext of whole rows."""
        weights = np.zeros(self._terms.block)
        weights[: self._terms.inputs] = self._first.weights[0]
        tiled = np.repeat(weights, together(self._terms))
        plain = self._seal.api.Plaintext()
        top = len(self._seal.primes) - 1
        self._seal.encoder.encode(
            tiled.tolist(), self._seal.levels[top], float(self._seal.primes[top]), plain
        )
        if plain.is_zero():
            raise ModelError(
                "all weights of the model are so small that they vanish",
                expected=f"weights above {1 / self._terms.parameters.scale:.1g}",
                remedy="train the model again, with larger limits of its inputs",
            )
        return plain


def _refused(error: Exception) -> EncryptionError:
    """SEAL refuses results without any encryption left in them: only rows made for that lead to one."""
    return EncryptionError(
        f"the model cannot be worked out on these rows: {str(error).splitlines()[0][:200]}",
        expected="rows as `garrison encrypted encrypt` makes them",
        remedy="encrypt them again",
    )
