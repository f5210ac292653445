"""What a cipher is here: it turns whole arrays of messages into ciphertext, each with a key of its own."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Generic, TypeVar

from numpy.typing import NDArray

from garrison.ciphers.seeds import Seed

K = TypeVar("K")
Messages = NDArray[Any]


class Cipher(ABC, Generic[K]):
    """Keys of type ``K``, ``n`` at a time, and messages in one array of ``n`` rows.

    The same keys and messages give the same ciphertext, however they are split over calls or processes; what is random
    comes from the seed that is given.
    """

    name: ClassVar[str]
    title: ClassVar[str]

    @abstractmethod
    def random_keys(self, count: int, *, seed: Seed) -> K:
        """``count`` random keys."""

    @abstractmethod
    def random_messages(self, count: int, *, seed: Seed) -> Messages:
        """``count`` random messages, every one as likely as another, in the form in which ``encrypt`` takes them."""

    @abstractmethod
    def encrypt(self, keys: K, messages: Messages) -> Messages:
        """The ciphertext of each row of ``messages`` under the key of that row; same shape and type."""

    @abstractmethod
    def decrypt(self, keys: K, ciphertexts: Messages) -> Messages:
        """The messages of which ``encrypt`` made ``ciphertexts``."""
