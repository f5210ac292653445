"""How often each category comes, of a reference and of what is held against it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from garrison.monitoring.sketches.frequencies import FrequencySketch, category_counts

MOST_KEPT = 256
"""Categories that a reference keeps by name."""

LEAST_ROWS = 5
"""Categories of fewer rows are not kept by name: too few to test, and they could tell who was in the training data."""

MOST_OUTSIDE = 1_000
"""Counters for values that the reference does not name."""


@dataclass(frozen=True)
class Categories:
    """How many rows have each category, ``others`` a value that is not among ``counts``, and ``missing`` none.

    ``outside`` are the commonest of the others with their counts, where they were looked at.
    """

    counts: Mapping[str, int]
    others: int
    missing: int
    outside: tuple[tuple[str, int], ...] = ()

    @property
    def rows(self) -> int:
        """The rows that have a value."""
        return sum(self.counts.values()) + self.others

    @property
    def missing_share(self) -> float:
        """The share of the rows that have no value, in [0, 1]."""
        return self.missing / max(self.rows + self.missing, 1)

    @property
    def others_share(self) -> float:
        """The share of the rows with a value that is not among those named, in [0, 1]."""
        return self.others / max(self.rows, 1)

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "kind": "category",
            "counts": dict(self.counts),
            "others": self.others,
            "missing": self.missing,
        }

    @classmethod
    def from_dict(cls, facts: dict[str, Any]) -> "Categories":
        """What ``to_dict`` gave; ``ValueError``, ``KeyError`` or ``TypeError`` where it is nothing of the kind."""
        counts = {str(name): int(count) for name, count in facts["counts"].items()}
        others, missing = int(facts["others"]), int(facts["missing"])
        if min([others, missing, *counts.values()]) < 0:
            raise ValueError("a negative count")
        return cls(counts, others, missing)


def kept_categories(sketch: FrequencySketch, missing: int, *, always: tuple[str, ...] = ()) -> Categories:
    """The reference of a column: its commonest categories by name, the rest by their number alone.

    ``always`` are kept however rare they are, as the values that a features file allows.
    """
    seen = dict(sketch.top(len(sketch)))
    named = {name: seen.get(name, 0) for name in always}
    for name, count in sketch.top(MOST_KEPT):
        if count >= LEAST_ROWS:
            named[name] = count
    return Categories(named, sketch.count - sum(named.values()), missing)


@dataclass
class CategoryCounts:
    """Counts new values by the categories that a reference names; two of them add up.

    >>> counts = CategoryCounts(("tcp", "udp"))
    >>> counts.add(pa.array(["tcp", "tcp", "sctp", None]))
    >>> found = counts.categories()
    >>> found.counts, found.others, found.missing, found.outside
    ({'tcp': 2, 'udp': 0}, 1, 1, (('sctp', 1),))
    """

    names: tuple[str, ...]
    missing: int = 0
    others: int = 0
    _outside: FrequencySketch = field(default_factory=lambda: FrequencySketch(size=MOST_OUTSIDE))

    def __post_init__(self) -> None:
        self._counts = dict.fromkeys(self.names, 0)

    def add(self, values: pa.Array | pa.ChunkedArray) -> None:
        """Take in a column."""
        self.missing += values.null_count
        outside = {}
        for value, count in category_counts(values).items():
            if value in self._counts:
                self._counts[value] += count
            else:
                outside[value] = count
        self.others += sum(outside.values())
        self._outside.add_counts(outside)

    def merge(self, other: "CategoryCounts") -> None:
        """Take in what was counted elsewhere by the same categories."""
        if self.names != other.names:
            raise ValueError("counts of other categories")
        self.missing += other.missing
        self.others += other.others
        self._outside.merge(other._outside)
        for name, count in other._counts.items():
            self._counts[name] += count

    def categories(self) -> Categories:
        """What was counted so far."""
        return Categories(dict(self._counts), self.others, self.missing, tuple(self._outside.top(20)))
