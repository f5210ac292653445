"""What a thief has: events of its own, and answers of a detector; and the events by which the copy is judged."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from garrison.attacks.evasion import Constraints, Rows
from garrison.attacks.labelled import Labelled, agreeing
from garrison.data.schema import Schema
from garrison.data.splits import split_groups
from garrison.detection import Detector
from garrison.features import Processor

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Answers = Literal["labels", "scores"]
ANSWERS: tuple[Answers, ...] = ("labels", "scores")

HELD_OUT = 0.4
"""The share of the events, by groups, by which copies are judged and which a thief never sees."""


@dataclass(frozen=True)
class Theft:
    """The events ``pool`` that a thief has, whose truth it does not look at, and those that are ``held_out``.

    ``attacker`` is the schema that says what it can change in an event. ``labelled`` are the held-out events with their
    labels.
    """

    detector: Detector
    pool: Labelled
    held_out: Labelled
    labelled: pa.Table
    attacker: Schema
    answers: Answers = "labels"

    @classmethod
    def of(
        cls,
        detector: Detector,
        table: pa.Table,
        *,
        answers: Answers = "labels",
        schema: Schema | None = None,
        seed: int = 0,
    ) -> "Theft":
        """Split ``table``, which has labels, by groups. ``schema`` says otherwise what can be changed in an event.

        Raises ``SchemaError`` where columns, values or labels are not what the detector's schema says, or all rows are
        of one class, ``ModelError`` for a detector whose schema has no label, ``DataError`` for too few groups.
        """
        attacker = detector.schema if schema is None else agreeing(schema, detector.schema)
        events = Labelled.of(detector, table)
        split = split_groups(events.y, events.groups, test_share=HELD_OUT, seed=seed)
        return cls(
            detector,
            events.take(split.train),
            events.take(split.test),
            detector.schema.validate(table).table.take(pa.array(split.test)),
            attacker,
            answers,
        )

    @cached_property
    def rows(self) -> Rows:
        """The pool as numbers."""
        return Rows.of(self.pool.table, self.attacker)

    @cached_property
    def constraints(self) -> Constraints:
        """What the thief can make of an event; ``SchemaError`` where it can change nothing."""
        return Constraints.of(self.rows, self.attacker.relations)

    @cached_property
    def processor(self) -> Processor:
        """Events to numbers as the thief does it: the way is no secret, what was learnt in training is."""
        return self.detector.processor.fit(self.pool.table, self.detector.schema)

    @cached_property
    def scores(self) -> Floats:
        """What the detector gives the held-out events, shape (n,)."""
        return score(self.detector, self.held_out.table)

    @cached_property
    def verdicts(self) -> Bools:
        """Which of the held-out events it flags, shape (n,)."""
        return np.asarray(self.scores >= self.detector.threshold.value)


class Oracle:
    """The detector as a thief meets it: it answers events, and counts them."""

    def __init__(self, theft: Theft) -> None:
        self.asked = 0
        self._theft = theft

    def ask(self, table: pa.Table) -> Floats:
        """The answers, shape (n,): scores in [0, 1], or 1 for flagged and 0 for not."""
        self.asked += table.num_rows
        detector = self._theft.detector
        found = score(detector, table)
        if self._theft.answers == "scores":
            return found
        return np.asarray(found >= detector.threshold.value, dtype=np.float64)

    def verdicts(self, answers: Floats) -> Bools:
        """Which of the answered events are flagged; beside a score, a verdict is told too."""
        least = self._theft.detector.threshold.value if self._theft.answers == "scores" else 0.5
        return np.asarray(answers >= least)


def score(detector: Detector, table: pa.Table) -> Floats:
    """The scores of events that its schema has checked, shape (n,)."""
    if not table.num_rows:
        return np.zeros(0)
    return detector.model.score(detector.processor.transform(table))
