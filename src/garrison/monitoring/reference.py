"""What a detector's training data looked like: a sketch of each column, and of its scores on rows it had not learnt.

It is kept with the detector (``reference.json``) and is what live data are held against. Its size does not grow with
the rows: at most 257 cut points a number, 256 names a category, and no row of the training data.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from garrison.errors import DataError, ModelError
from garrison.monitoring.calibration import Calibration
from garrison.monitoring.categories import Categories, kept_categories
from garrison.monitoring.cells import Numbers
from garrison.monitoring.number_sketch import NumberSketch
from garrison.monitoring.side_by_side import side_by_side
from garrison.monitoring.sketches import FrequencySketch
from garrison.monitoring.watched import Values

FORMAT = 1

Summary = Numbers | Categories
"""What is known of one column."""


@dataclass(frozen=True)
class Scores:
    """The scores of held-out rows: their distribution, the share flagged at ``threshold``, and how often each is right.

    ``calibration`` is None where nobody knew the truth.
    """

    numbers: Numbers
    threshold: float
    flagged: float
    calibration: Calibration | None = None

    @classmethod
    def of(
        cls, scores: NDArray[np.float64], *, threshold: float, y: NDArray[np.bool_] | None = None
    ) -> "Scores":
        """What is kept of scores, shape (n,) in [0, 1], and of the truth, shape (n,) bool, where it is known."""
        if not len(scores):
            raise DataError("no held-out row was scored", where="reference", expected="one score or more")
        sketch = NumberSketch()
        sketch.add(scores)
        return cls(
            sketch.numbers(),
            threshold,
            float((scores >= threshold).mean()),
            None if y is None else Calibration.fit(scores, y),
        )

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "numbers": self.numbers.to_dict(),
            "threshold": self.threshold,
            "flagged": self.flagged,
            "calibration": None if self.calibration is None else self.calibration.to_dict(),
        }

    @classmethod
    def from_dict(cls, facts: dict[str, Any]) -> "Scores":
        """What ``to_dict`` gave."""
        known = facts["calibration"]
        return cls(
            Numbers.from_dict(facts["numbers"]),
            float(facts["threshold"]),
            float(facts["flagged"]),
            None if known is None else Calibration.from_dict(known),
        )


@dataclass(frozen=True)
class Reference:
    """Sketches of ``rows`` training rows, column by column, and of the scores of rows held out of training.

    >>> import pyarrow as pa
    >>> maker = ReferenceMaker()
    >>> maker.add({"bytes": np.arange(1000.0), "protocol": pa.array(["tcp", "udp"] * 500)})
    >>> reference = maker.reference()
    >>> reference.rows, reference.columns["protocol"].counts
    (1000, {'tcp': 500, 'udp': 500})
    >>> Reference.from_dict(reference.to_dict()).to_dict() == reference.to_dict()
    True
    """

    rows: int
    columns: Mapping[str, Summary]
    scores: Scores | None = None

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "format": FORMAT,
            "rows": self.rows,
            "columns": {name: summary.to_dict() for name, summary in self.columns.items()},
            "scores": None if self.scores is None else self.scores.to_dict(),
        }

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any], *, where: str = "") -> "Reference":
        """What ``to_dict`` gave; ``ModelError`` for anything else, or another format."""
        if facts.get("format") != FORMAT:
            raise ModelError(
                f"the reference statistics have format {facts.get('format')!r}",
                where=where,
                expected=f"format {FORMAT}",
                remedy="make them again: garrison monitor reference MODEL --data TRAINING",
            )
        try:
            kinds: dict[str, Any] = {"numeric": Numbers, "category": Categories}
            return cls(
                int(facts["rows"]),
                {str(name): kinds[each["kind"]].from_dict(each) for name, each in facts["columns"].items()},
                None if facts["scores"] is None else Scores.from_dict(facts["scores"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise ModelError(
                "the reference statistics cannot be read",
                where=where or f"{type(error).__name__}: {error}",
                remedy="make them again: garrison monitor reference MODEL --data TRAINING",
            ) from error


@dataclass
class ReferenceMaker:
    """Makes a reference from batches of columns; memory does not grow with the rows, and two of them can be joined.

    ``always`` names, column by column, the categories that are kept however rare they are; ``jobs`` threads look at
    columns side by side, and find the same.
    """

    always: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    jobs: int = 1
    rows: int = 0
    _numbers: dict[str, NumberSketch] = field(default_factory=dict)
    _categories: dict[str, FrequencySketch] = field(default_factory=dict)
    _missing: dict[str, int] = field(default_factory=dict)

    def add(self, columns: Mapping[str, Values]) -> None:
        """Take in a batch: arrays of numbers with NaN where one is missing, and Arrow columns of categories."""
        for name, values in columns.items():
            if isinstance(values, np.ndarray):
                self._numbers.setdefault(name, NumberSketch())
            else:
                self._categories.setdefault(name, FrequencySketch())
        side_by_side(lambda name: self._add(name, columns[name]), list(columns), jobs=self.jobs)
        self.rows += max((len(values) for values in columns.values()), default=0)

    def _add(self, name: str, values: Values) -> None:
        if isinstance(values, np.ndarray):
            self._numbers[name].add(values)
        else:
            self._categories[name].add(values)
            self._missing[name] = self._missing.get(name, 0) + values.null_count

    def merge(self, other: "ReferenceMaker") -> None:
        """Take in what another one has seen."""
        self.rows += other.rows
        for name, numbers in other._numbers.items():
            self._numbers.setdefault(name, NumberSketch()).merge(numbers)
        for name, categories in other._categories.items():
            self._categories.setdefault(name, FrequencySketch()).merge(categories)
            self._missing[name] = self._missing.get(name, 0) + other._missing[name]

    def reference(self, scores: Scores | None = None) -> Reference:
        """The reference so far; ``DataError`` where there was no row."""
        if not self.rows:
            raise DataError("there are no rows to make a reference of", expected="the rows of the training")
        columns: dict[str, Summary] = {name: sketch.numbers() for name, sketch in self._numbers.items()}
        for name, counted in self._categories.items():
            columns[name] = kept_categories(counted, self._missing[name], always=self.always.get(name, ()))
        return Reference(self.rows, columns, scores)
