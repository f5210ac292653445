"""All inputs of a row in one ciphertext, and of many rows at once: the fewest bytes where rows are few.

With B slots a row (its inputs, filled up to a power of two) there is room for R = slots / B rows. Input j of row r
stands in slot j R + r: a sum over a row's inputs adds what is R slots apart. As B R is the number of slots, turning
by R, 2 R, 4 R, … goes round in a circle, and log2 B turnings leave the sum of row r in every slot of it. So a
result holds sums and nothing else, where sums of neighbouring slots would also hold parts of them.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from garrison.detection.circuit import Floats
from garrison.encrypted.packing.layout import Layout
from garrison.encrypted.terms import Terms
from garrison.errors import EncryptionError


class Rows(Layout):
    """For one weighted sum: R rows a ciphertext, and as many results as ciphertexts."""

    def suits(self, terms: Terms) -> bool:
        """Only one weighted sum."""
        return terms.linear

    def ciphertexts(self, rows: int, terms: Terms) -> int:
        """One for every R rows."""
        return -(-rows // together(terms))

    def results(self, rows: int, terms: Terms) -> int:
        """As many as ciphertexts."""
        return self.ciphertexts(rows, terms)

    def slots(self, rows: Floats, terms: Terms) -> Iterator[Floats]:
        """Input by input, each for all rows of the ciphertext."""
        for start in range(0, len(rows), together(terms)):
            some = rows[start : start + together(terms)]
            filled = np.zeros((terms.block, together(terms)))
            filled[: terms.inputs, : len(some)] = some.T
            yield filled.ravel()

    def outputs(self, results: Sequence[Floats], rows: int, terms: Terms) -> Floats:
        """The mean over the slots of each row, which all hold the same; ``EncryptionError`` where they do not."""
        found = []
        for result in results:
            each = result.reshape(terms.block, together(terms))
            if np.ptp(each, axis=0).max() > max(100 * terms.error, 1e-6 * terms.largest):
                raise EncryptionError(
                    "the slots of a row do not hold the same result",
                    expected="what the prepared model makes of encrypted rows",
                    remedy="ask again; if it stays so, the server does not work as it should",
                )
            found.append(each.mean(axis=0))
        return np.concatenate(found)[:rows, None]


def together(terms: Terms) -> int:
    """How many rows share a ciphertext."""
    return terms.parameters.slots // terms.block
