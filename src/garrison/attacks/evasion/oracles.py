"""What an attacker can ask of a detector: its scores, or its verdicts alone.

A search is handed the one that its knowledge allows. Only a white box looks at the model itself.
"""

import numpy as np

from garrison.attacks.evasion.budget import Budget
from garrison.attacks.evasion.constraints import Bools
from garrison.attacks.evasion.rows import Floats, Ints, Rows
from garrison.detection import Detector

BLOCK = 8_192
"""Events that are scored at a time, which bounds memory."""


class Scores:
    """The score of any event, and the threshold; nothing of how it comes about. Each event is counted as a query."""

    def __init__(self, detector: Detector, rows: Rows, changed: Bools, budget: Budget) -> None:
        self.threshold = detector.threshold.value
        self.budget = budget
        self._detector, self._rows = detector, rows
        self._changed = [int(place) for place in np.flatnonzero(changed)]

    def ask(self, Z: Floats, at: Ints) -> Floats:
        """The scores, shape (n,), of events ``Z``, shape (n, columns), made of the rows ``at``, shape (n,)."""
        self.budget.asked += len(Z)
        found = np.empty(len(Z))
        for start in range(0, len(Z), BLOCK):
            part = slice(start, start + BLOCK)
            found[part] = self._detector.model.score(self.numbers(Z[part], at[part]))
        return found

    def numbers(self, Z: Floats, at: Ints) -> Floats:
        """What the model is given for these events, shape (n, d)."""
        return self._detector.processor.transform(self._rows.events(Z, at, changed=self._changed))


class Verdicts:
    """Whether an event is flagged, and nothing else."""

    def __init__(self, scores: Scores) -> None:
        self._scores = scores

    def ask(self, Z: Floats, at: Ints) -> Bools:
        """Whether each event, shape (n, columns), made of the rows ``at``, is flagged; shape (n,)."""
        return self._scores.ask(Z, at) >= self._scores.threshold
