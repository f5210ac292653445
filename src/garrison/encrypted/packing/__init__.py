"""How rows lie in ciphertexts, one way a file; the one with the fewest ciphertexts is taken."""

from garrison.encrypted.messages import PackingName
from garrison.encrypted.packing.columns import Columns
from garrison.encrypted.packing.layout import Layout
from garrison.encrypted.packing.rows import Rows
from garrison.encrypted.terms import Terms
from garrison.errors import UsageError

__all__ = ["PACKINGS", "Columns", "Layout", "Rows", "choose_packing", "packing_named"]

PACKINGS: dict[PackingName, Layout] = {"columns": Columns(), "rows": Rows()}


def choose_packing(rows: int, terms: Terms) -> PackingName:
    """The packing that needs the fewest ciphertexts for so many rows; of equals, that of columns, as it is faster."""
    possible = [name for name, layout in PACKINGS.items() if layout.suits(terms)]
    return min(possible, key=lambda name: PACKINGS[name].ciphertexts(rows, terms))


def packing_named(name: str, terms: Terms) -> PackingName:
    """The packing of that name; ``UsageError`` where there is none, or it does not suit the model."""
    for known, layout in PACKINGS.items():
        if known == name and layout.suits(terms):
            return known
    possible = [known for known, layout in PACKINGS.items() if layout.suits(terms)]
    raise UsageError(f"{name!r} is no packing for this model", expected=" or ".join(["auto", *possible]))
