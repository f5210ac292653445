"""A ciphertext a column: row i of every column stands in slot i. For many rows, and for circuits of any depth.

Sums over columns need no turning of slots, so that there are no keys for it, and a weight is one number for all rows.
After Gilad-Bachrach and others (2016), CryptoNets. Rows beyond the slots begin anew, with ciphertexts of their own.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from garrison.detection.circuit import Floats
from garrison.encrypted.packing.layout import Layout
from garrison.encrypted.terms import Terms


class Columns(Layout):
    """For every part of as many rows as there are slots: a ciphertext each column, a result each output."""

    def suits(self, terms: Terms) -> bool:  # noqa: ARG002 (every model)
        """Every circuit can be worked out on columns."""
        return True

    def ciphertexts(self, rows: int, terms: Terms) -> int:
        """One a column and part."""
        return terms.inputs * parts(rows, terms)

    def results(self, rows: int, terms: Terms) -> int:
        """One an output and part."""
        return terms.outputs * parts(rows, terms)

    def slots(self, rows: Floats, terms: Terms) -> Iterator[Floats]:
        """Columns of the first part, then those of the next."""
        for start in range(0, len(rows), terms.parameters.slots):
            yield from rows[start : start + terms.parameters.slots].T

    def outputs(self, results: Sequence[Floats], rows: int, terms: Terms) -> Floats:
        """The first slots of every result, side by side, one part below the other."""
        width, count = terms.outputs, parts(rows, terms)
        stacked = [np.column_stack(results[part * width : (part + 1) * width]) for part in range(count)]
        return np.vstack(stacked)[:rows]


def parts(rows: int, terms: Terms) -> int:
    """How many times so many rows fill all slots, the last time perhaps not whole."""
    return -(-rows // terms.parameters.slots)
