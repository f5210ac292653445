"""What every packing says: how many ciphertexts it takes, which slots they fill, and where results are."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence

from garrison.detection.circuit import Floats
from garrison.encrypted.terms import Terms


class Layout(ABC):
    """Rows into slots, and slots into outputs; nothing here is encrypted."""

    @abstractmethod
    def suits(self, terms: Terms) -> bool:
        """Whether a model can be worked out on it."""

    @abstractmethod
    def ciphertexts(self, rows: int, terms: Terms) -> int:
        """How many ciphertexts so many rows take."""

    @abstractmethod
    def results(self, rows: int, terms: Terms) -> int:
        """How many ciphertexts their outputs take."""

    @abstractmethod
    def slots(self, rows: Floats, terms: Terms) -> Iterator[Floats]:
        """The slots of each ciphertext, in order, of rows float64 ``(n, inputs)``."""

    @abstractmethod
    def outputs(self, results: Sequence[Floats], rows: int, terms: Terms) -> Floats:
        """The outputs, float64 ``(rows, outputs)``, out of the slots of each result."""
