"""Why a score is what it is: which features of some rows raise it, and which lower it, against what is usual."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from garrison.errors import GarrisonError
from garrison.evaluation import contributions
from garrison.monitoring import find_reference
from garrison.serving.http.explaining import FEWEST
from garrison.serving.http.models import Served
from garrison.serving.http.problems import Refused
from garrison.serving.http.service import Service
from garrison.serving.http.work import Deadline
from garrison.web.usual import ROWS, usual_numbers

MOST_EVALUATIONS = 400_000

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Reason:
    """A feature, what the row has of it, and what that adds to the score, in [-1, 1]."""

    feature: str
    value: str
    adds: float

    def __str__(self) -> str:
        """As a cell of a table has it.

        >>> print(Reason("dst_port", "22", -0.125))
        dst_port 22 (-0.125)
        """
        return " ".join(part for part in (self.feature, self.value, f"({self.adds:+.3f})") if part)


@dataclass(frozen=True)
class Reasons:
    """The reasons of some rows, the strongest first, and the rows that they were compared with, in words.

    ``base`` is the mean score of these; from it the reasons of a row lead to its score.
    """

    rows: tuple[tuple[Reason, ...], ...]
    base: float
    compared_with: str


def reasons_for(
    service: Service,
    served: Served,
    table: pa.Table,
    X: Floats,
    places: Sequence[int],
    *,
    most: int,
    deadline: Deadline,
    permutations: int | None = None,
) -> Reasons | None:
    """The reasons of the rows at ``places`` of ``table``, whose numbers are ``X`` (n, d).

    None without any row, or with nothing usual. Each row has its ``most`` strongest ones, and the sum of all others as
    a last one.
    """
    found = _background(service, served, table, X) if places else None
    if found is None:
        return None
    background, said = found
    model = served.scorer.detector.model

    def score(rows: Floats) -> Floats:
        deadline.check()
        return model.score(rows)

    names = served.scorer.detector.processor.names
    known = contributions(
        score,
        X[list(places)],
        background=background,
        names=names,
        permutations=permutations or service.settings.permutations,
        most_evaluations=MOST_EVALUATIONS,
    )
    scaled = bool(getattr(served.scorer.detector.processor, "scale", False))
    rows = []
    for row, place in enumerate(places):
        order = np.argsort(-np.abs(known.values[row]), kind="stable")
        strongest = [
            Reason(
                known.names[feature],
                _value(table, place, known.names[feature], None if scaled else known.data[row, feature]),
                float(known.values[row, feature]),
            )
            for feature in order[:most]
            if known.values[row, feature]
        ]
        rest = float(known.values[row, order[most:]].sum())
        others = [Reason(f"{len(order) - most} others", "", rest)] if len(order) > most and rest else []
        rows.append((*strongest, *others))
    return Reasons(tuple(rows), known.base, said)


def _background(service: Service, served: Served, table: pa.Table, X: Floats) -> tuple[Floats, str] | None:
    """The rows that stand for what is usual: of the named file, else scored, else sketched, else sent along."""
    scorer = served.scorer
    try:
        usual = service.reference(served)
        return scorer.detector.processor.transform(scorer.with_past(usual.events)), usual.said
    except Refused:
        pass
    try:
        reference = find_reference(scorer.detector, served.digest, workspace=Path(service.workspace))
    except GarrisonError:
        reference = None
    drawn = None if reference is None else usual_numbers(scorer.detector, reference, table)
    if drawn is not None:
        return drawn, f"{ROWS} events drawn, column by column, from what the model keeps of its training data"
    if len(X) >= FEWEST:
        rows = np.sort(np.random.default_rng(0).permutation(len(X))[:ROWS])
        return X[rows], f"{len(rows)} events of the same file"
    return None


def _value(table: pa.Table, place: int, name: str, number: Any) -> str:
    """What the row has: its field of that name, else the number that was made of it, where that is not scaled."""
    if name in table.column_names:
        value = table.column(name)[place].as_py()
        return "missing" if value is None else str(value)[:80]
    return "" if number is None or np.isnan(number) else f"{number:.6g}"
