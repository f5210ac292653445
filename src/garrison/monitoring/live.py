"""A detector's stream watched as it goes by: scores, and the columns that somebody chose."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from garrison.errors import SettingsError
from garrison.monitoring.categories import Categories
from garrison.monitoring.drift import SCORE
from garrison.monitoring.places import category_places, number_places
from garrison.monitoring.reference import Reference, Summary
from garrison.monitoring.streaming import STREAM_TESTS, StreamTest
from garrison.monitoring.watched import Values

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Shift:
    """A column's stream has changed: by which test, after how many of its values, and where its values stand now.

    ``place`` is the mean place of the values of this batch among those of training, in [0, 1]; 0.5 is as in training.
    """

    column: str
    test: str
    after: int
    place: float

    def __str__(self) -> str:
        """One line for a person."""
        return (
            f"{self.column} has shifted after {self.after:,} values: they stand at {self.place:.0%} of the training's, "
            "where 50% is as before"
        )


class Monitor:
    """Watches ``columns`` of a stream against a detector's reference; ``score`` is the detector's score.

    ``rate`` bounds how many false alarms there are a row, over all columns together, for rows that come
    independently; each column has its part of it. ``test`` is "adwin" or "page_hinkley", which compare the stream with
    what it was before, or "cusum", which compares it with training.

    Raises ``SettingsError`` for a column that the reference does not have, and for a test that there is not.

    >>> from garrison.monitoring.reference import ReferenceMaker
    >>> rng = np.random.default_rng(0)
    >>> maker = ReferenceMaker()
    >>> maker.add({"bytes": rng.lognormal(size=10_000)})
    >>> monitor = Monitor(maker.reference(), columns=("bytes",), test="cusum")
    >>> monitor.observe({"bytes": rng.lognormal(size=2_000)})
    ()
    >>> shift = monitor.observe({"bytes": rng.lognormal(mean=1.0, size=200)})[0]
    >>> shift.column, 2_000 < shift.after < 2_050
    ('bytes', True)
    """

    def __init__(
        self,
        reference: Reference,
        *,
        columns: Sequence[str] = (SCORE,),
        test: str = "adwin",
        rate: float = 1e-5,
    ) -> None:
        if test not in STREAM_TESTS:
            raise SettingsError(
                f"there is no test of streams {test!r}",
                where="monitor",
                expected="one of " + ", ".join(STREAM_TESTS),
            )
        self._summaries = {name: _summary(reference, name) for name in columns}
        self._tests: dict[str, StreamTest] = {
            name: STREAM_TESTS[test](rate=rate / len(self._summaries)) for name in self._summaries
        }
        self.seen = dict.fromkeys(self._summaries, 0)

    def observe(self, columns: dict[str, Values], scores: Floats | None = None) -> tuple[Shift, ...]:
        """Look at the next rows, in order; gives what has shifted just now, mostly nothing.

        ``columns`` are arrays of numbers, shape (n,), and Arrow columns of categories, as ``Watch.see`` gives them;
        columns that are not watched are passed over, and watched ones may be absent.
        """
        shifts = []
        for name, test in self._tests.items():
            values = scores if name == SCORE else columns.get(name)
            if values is None or not len(values):
                continue
            places = _places(values, self._summaries[name])
            for at in test.update(places):
                shifts.append(Shift(name, test.name, self.seen[name] + at + 1, float(places.mean())))
            self.seen[name] += len(places)
        return tuple(shifts)


def _summary(reference: Reference, name: str) -> Summary:
    if name == SCORE and reference.scores is not None:
        return reference.scores.numbers
    if name in reference.columns:
        return reference.columns[name]
    known = [*reference.columns, *([SCORE] if reference.scores is not None else [])]
    near = difflib.get_close_matches(name, known, n=1)
    raise SettingsError(
        f"the reference has no column {name!r}",
        where="monitor",
        expected="one of " + ", ".join(known),
        remedy=f"did you mean {near[0]}?" if near else "",
    )


def _places(values: Values, summary: Summary) -> Floats:
    if isinstance(summary, Categories):
        return category_places(values if not isinstance(values, np.ndarray) else pa.array(values), summary)
    return number_places(np.asarray(values, dtype=np.float64), summary)
