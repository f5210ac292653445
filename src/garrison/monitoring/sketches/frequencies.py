"""How often the commonest values occur, whatever the number of distinct ones.

Counters are kept for at most ``size`` values. When there are more, the (size + 1)-th largest count is taken off all
of them and those at zero go (Misra and Gries 1982; merged as in Agarwal et al., "Mergeable summaries", PODS 2012).
A count is never too high, and too low by at most ``error``, which is at most the rows divided by ``size`` + 1.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from garrison.errors import SettingsError

SIZE = 10_000


@dataclass
class FrequencySketch:
    """A sketch of categories; missing values are left out.

    >>> sketch = FrequencySketch(size=2)
    >>> sketch.add(pa.array(["tcp"] * 6 + ["udp"] * 3 + ["icmp", None]))
    >>> sketch.count, sketch.top(2), sketch.error
    (10, [('tcp', 5), ('udp', 2)], 1)
    """

    size: int = SIZE
    count: int = 0
    error: int = 0
    _counts: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.size < 1:
            raise SettingsError(f"a sketch of {self.size} categories", expected="at least one")

    def add(self, values: pa.Array | pa.ChunkedArray) -> None:
        """Take in a column; what is no text is counted by its text."""
        self.add_counts(category_counts(values))

    def add_counts(self, counts: Mapping[str, int]) -> None:
        """Take in values that were counted already."""
        for value, count in counts.items():
            self._counts[value] = self._counts.get(value, 0) + count
            self.count += count
        self._shrink()

    def merge(self, other: "FrequencySketch") -> None:
        """Take in what another sketch has seen; the errors add up."""
        for value, count in other._counts.items():
            self._counts[value] = self._counts.get(value, 0) + count
        self.count += other.count
        self.error += other.error
        self._shrink()

    def top(self, most: int) -> list[tuple[str, int]]:
        """The ``most`` commonest values with their counts, the commonest first, equal ones by their text."""
        return sorted(self._counts.items(), key=lambda pair: (-pair[1], pair[0]))[:most]

    def __len__(self) -> int:
        return len(self._counts)

    def _shrink(self) -> None:
        if len(self._counts) <= self.size:
            return
        off = sorted(self._counts.values(), reverse=True)[self.size]
        self._counts = {value: count - off for value, count in self._counts.items() if count > off}
        self.error += off


def category_counts(values: pa.Array | pa.ChunkedArray) -> dict[str, int]:
    """How often each value of a column occurs, by its text; missing values are left out."""
    if pa.types.is_dictionary(values.type):
        return _dictionary_counts(values)
    counted = pc.value_counts(values)
    texts = counted.field("values").cast(pa.string()).to_pylist()
    counts = counted.field("counts").to_pylist()
    return {text: count for text, count in zip(texts, counts, strict=True) if text is not None}


def _dictionary_counts(values: pa.Array | pa.ChunkedArray) -> dict[str, int]:
    """The same of a column that names each value once: its codes are counted, and no text is looked at."""
    found: dict[str, int] = {}
    for chunk in values.chunks if isinstance(values, pa.ChunkedArray) else [values]:
        codes = chunk.indices.drop_null().to_numpy()
        counts = np.bincount(codes, minlength=len(chunk.dictionary)).tolist()
        texts = chunk.dictionary.cast(pa.string()).to_pylist()
        for text, count in zip(texts, counts, strict=True):
            if text is not None and count:
                found[text] = found.get(text, 0) + count
    return found
