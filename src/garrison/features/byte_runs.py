"""Counting characters, runs and entropy over many short texts at once.

The texts of a batch lie in one buffer of bytes, a NUL after each, so that one pass of numpy serves them all.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def _classes() -> NDArray[np.uint8]:
    table = np.full(256, _CLASS_NAMES.index("other"), dtype=np.uint8)
    table[0] = _CLASS_NAMES.index("end")
    table[128:] = _CLASS_NAMES.index("non_ascii")
    for first, last, name in (("a", "z", "lower"), ("A", "Z", "upper"), ("0", "9", "digit")):
        table[ord(first) : ord(last) + 1] = _CLASS_NAMES.index(name)
    for name, characters in _PUNCTUATION.items():
        for character in characters:
            table[ord(character)] = _CLASS_NAMES.index(name)
    return table


_PUNCTUATION = {
    "dot": ".",
    "hyphen": "-",
    "underscore": "_",
    "slash": "/\\",
    "percent": "%",
    "equals": "=",
    "ampersand": "&",
    "at": "@",
    "tilde": "~",
    "comma": ",",
    "colon": ":",
    "semicolon": ";",
    "plus": "+",
    "exclamation": "!",
    "question": "?",
    "bracket": "()[]{}<>",
}
_CLASS_NAMES = ("end", "lower", "upper", "digit", *_PUNCTUATION, "non_ascii", "other")
_CLASS_OF = _classes()
_LETTER = np.isin(_CLASS_OF, [_CLASS_NAMES.index("lower"), _CLASS_NAMES.index("upper")])
_DIGIT = np.isin(_CLASS_OF, [_CLASS_NAMES.index("digit")])
_ALPHANUMERIC = _LETTER | _DIGIT
_VOWEL = np.zeros(256, dtype=bool)
_VOWEL[[ord(letter) for letter in "aeiouyAEIOUY"]] = True
_CONSONANT = _LETTER & ~_VOWEL


@dataclass(frozen=True)
class Runs:
    """The unbroken runs of one kind of character in each text, each of shape (n,): how many, longest, mean
    length."""

    count: Floats
    longest: Floats
    mean: Floats


class Texts:
    """A batch of texts as one buffer; every answer has one value a text, shape (n,) float64."""

    def __init__(self, texts: list[str]) -> None:
        encoded = [text.encode("utf-8", "replace") for text in texts]
        if b"\0" in b"".join(encoded):
            encoded = [text.replace(b"\0", b" ") for text in encoded]
        self.n = len(encoded)
        self.lengths = np.fromiter(map(len, encoded), dtype=np.int64, count=self.n)
        self.buffer = np.frombuffer(b"\0".join([*encoded, b""]), dtype=np.uint8)
        self.rows = np.repeat(np.arange(self.n), self.lengths + 1)
        width = len(_CLASS_NAMES)
        flat = np.bincount(self.rows * width + _CLASS_OF[self.buffer], minlength=self.n * width)
        self._counts = flat.reshape(self.n, width).astype(np.float64)

    def count(self, *names: str) -> Floats:
        """How many characters of the named kinds each text has; a character beyond ASCII counts once a
        byte."""
        total: Floats = self._counts[:, [_CLASS_NAMES.index(name) for name in names]].sum(axis=1)
        return total

    def entropy(self) -> Floats:
        """The Shannon entropy of each text's bytes, in bits a byte; 0 for an empty text."""
        counts = np.bincount(self.rows * 128 + np.minimum(self.buffer, 127), minlength=self.n * 128)
        counts = counts.reshape(self.n, 128)[:, 1:]
        table = np.arange(int(counts.max(initial=0)) + 1, dtype=np.float64)
        table[1:] *= np.log2(table[1:])
        total = counts.sum(axis=1)
        safe = np.maximum(total, 1)
        entropy: Floats = np.where(total > 0, np.log2(safe) - table[counts].sum(axis=1) / safe, 0.0)
        return np.maximum(entropy, 0.0)

    def tokens(self) -> Runs:
        """The runs of letters and digits."""
        return self._runs(_ALPHANUMERIC)

    def digit_runs(self) -> Runs:
        """The runs of digits."""
        return self._runs(_DIGIT)

    def consonant_runs(self) -> Runs:
        """The runs of consonants."""
        return self._runs(_CONSONANT)

    def vowels(self) -> Floats:
        """How many vowels each text has, y among them."""
        return np.bincount(self.rows[_VOWEL[self.buffer]], minlength=self.n).astype(np.float64)

    def letter_digit_changes(self) -> Floats:
        """How often a digit stands beside a letter in each text."""
        letter, digit = _LETTER[self.buffer], _DIGIT[self.buffer]
        change = (letter[:-1] & digit[1:]) | (digit[:-1] & letter[1:])
        return np.bincount(self.rows[:-1][change], minlength=self.n).astype(np.float64)

    def hashed_ngrams(self, *, size: int, buckets: int) -> Floats:
        """The share of each text's byte n-grams that fall in each bucket, shape (n, buckets), upper case
        folded."""
        folded = np.where((self.buffer >= 65) & (self.buffer <= 90), self.buffer + 32, self.buffer)
        length = max(len(folded) - size + 1, 0)
        code = np.zeros(length, dtype=np.uint32)
        whole = np.ones(length, dtype=bool)
        for offset in range(size):
            part = folded[offset : offset + length]
            code = (code ^ part) * np.uint32(0x01000193)
            whole &= part != 0
        code = (code ^ (code >> np.uint32(15))) * np.uint32(0x85EBCA6B)
        bucket = ((code >> np.uint32(8)) % np.uint32(buckets)).astype(np.int64)
        flat = np.bincount((self.rows[:length] * buckets + bucket)[whole], minlength=self.n * buckets)
        counts = flat.reshape(self.n, buckets).astype(np.float64)
        shares: Floats = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1.0)
        return shares

    def _runs(self, kind: NDArray[np.bool_]) -> Runs:
        inside = np.concatenate(([False], kind[self.buffer], [False]))
        edges = np.flatnonzero(inside[1:] != inside[:-1])
        starts, ends = edges[::2], edges[1::2]
        rows = self.rows[starts] if len(starts) else np.zeros(0, dtype=np.int64)
        lengths = (ends - starts).astype(np.float64)
        count = np.bincount(rows, minlength=self.n).astype(np.float64)
        longest = np.zeros(self.n)
        first = np.flatnonzero(np.diff(rows, prepend=-1))
        if len(first):
            longest[rows[first]] = np.maximum.reduceat(lengths, first)
        total = np.bincount(rows, weights=lengths, minlength=self.n)
        return Runs(count, longest, total / np.maximum(count, 1.0))
