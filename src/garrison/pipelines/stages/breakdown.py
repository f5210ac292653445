"""The test part looked at more closely: by kind of attack, by the values of a column, and what drove the scores."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from garrison.data.schema import Schema
from garrison.detection import Model
from garrison.evaluation import Contributions, by_attack, by_value, contributions
from garrison.pipelines.settings import EvaluationSettings
from garrison.pipelines.stages.ingestion import Ingestion
from garrison.pipelines.stages.transformation import Part, Transformation

EXPLAINED_ROWS = 200
BACKGROUND_ROWS = 100
MOST_EVALUATIONS = 300_000

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Breakdown:
    """Quality by kind of attack and by value of each column that is reported by, as JSON values."""

    attacks: list[dict[str, Any]]
    values: dict[str, list[dict[str, Any]]]


def break_down(
    settings: EvaluationSettings,
    ingestion: Ingestion,
    test: Part,
    scores: Floats,
    *,
    schema: Schema,
    threshold: float,
    seed: int,
) -> Breakdown:
    """Quality of ``scores`` (n,) of the test part, by kind of attack and by the schema's ``report_by`` columns."""
    attacks = []
    if test.attacks is not None:
        rows = by_attack(
            test.y,
            scores,
            test.attacks,
            threshold=threshold,
            groups=test.groups,
            repeats=settings.repeats,
            seed=seed,
            level=settings.level,
        )
        attacks = [row.to_dict() for row in rows]
    table = ingestion.table("test").select(list(schema.report_by)) if schema.report_by else None
    values = {
        name: [
            row.to_dict()
            for row in by_value(
                test.y,
                scores,
                np.array(table.column(name).to_pylist(), dtype=object),
                name=name,
                threshold=threshold,
            )
        ]
        for name in (table.column_names if table is not None else ())
        if table is not None and table.column(name).null_count < table.num_rows
    }
    return Breakdown(attacks, values)


def explain(model: Model, transformation: Transformation, test: Part, *, seed: int) -> Contributions:
    """What each feature adds to the score of some test rows, half of them malicious, against training rows."""
    generator = np.random.default_rng(seed)
    most = max(2, min(EXPLAINED_ROWS, MOST_EVALUATIONS // (4 * max(len(transformation.names), 1))))
    sides = [generator.permutation(np.flatnonzero(side))[: most // 2] for side in (test.y, ~test.y)]
    train = transformation.part("train").X
    background = train[np.sort(generator.permutation(len(train))[:BACKGROUND_ROWS])]
    return contributions(
        model.score,
        test.X[np.concatenate(sides)],
        background=background,
        names=transformation.names,
        seed=seed,
        permutations=32,
        most_evaluations=MOST_EVALUATIONS,
    )
