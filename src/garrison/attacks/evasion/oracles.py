"""What an attacker can ask of a detector: its whole inside, its scores, or its verdicts alone.

An attack is handed the one that its knowledge allows, so that it cannot look at more.
"""

from collections.abc import Callable

import numpy as np

from garrison.attacks.evasion.constraints import Bools
from garrison.attacks.evasion.rows import Floats, Ints, Rows
from garrison.detection import Detector

BLOCK = 8_192
"""Events that are scored at a time, which bounds memory."""

Asked = Callable[[Floats, Ints], Floats]


class Scores:
    """The score of any event, and the threshold; nothing of how it comes about. ``queries`` counts the events."""

    def __init__(self, detector: Detector, rows: Rows, changed: Bools) -> None:
        self.threshold = detector.threshold.value
        self.queries = 0
        self._detector, self._rows = detector, rows
        self._changed = [int(place) for place in np.flatnonzero(changed)]

    def ask(self, Z: Floats, at: Ints) -> Floats:
        """The scores, shape (n,), of events ``Z``, shape (n, columns), made of the rows ``at``, shape (n,)."""
        self.queries += len(Z)
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


class Inside(Scores):
    """Everything: the model itself beside its scores."""

    def __init__(self, detector: Detector, rows: Rows, changed: Bools) -> None:
        super().__init__(detector, rows, changed)
        self.detector = detector
