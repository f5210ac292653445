"""A model made to score one row at a time, and the proof that it gives the model's scores."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from garrison.detection.compiled import lightgbm_trees, tree_models, xgboost_trees
from garrison.detection.compiled.encoded import LogisticRow, NetworkRow
from garrison.detection.compiled.polynomial import PolynomialRow
from garrison.detection.compiled.row_scorer import RowScorer
from garrison.detection.compiled.tree_session import OneScore, TreeSession
from garrison.detection.compiled.tree_tables import TreeTables
from garrison.detection.compiled.votes import VotingRow
from garrison.detection.families.adaboost import VoteOfTrees
from garrison.detection.families.base import Floats, Model
from garrison.detection.families.hist_gradient_boosting import LogOddsOfHistogramTrees
from garrison.detection.families.isolation_forest import IsolationTrees
from garrison.detection.families.lightgbm import LightGBMModel
from garrison.detection.families.logistic_regression import LogisticModel
from garrison.detection.families.mlp import PerceptronModel
from garrison.detection.families.polynomial_model import PolynomialModel
from garrison.detection.families.soft_voting import VotingModel
from garrison.detection.families.tree_models import LogOddsOfTrees, MeanOfTrees
from garrison.detection.families.xgboost import XGBoostModel
from garrison.errors import ModelError

TOLERANCE = 1e-5
"""How far a compiled model's score may be from the model's own."""
PROBES = 512
"""Rows on which every compiled model is tried, made of the values at which its score may change."""


@dataclass(frozen=True)
class Proof:
    """On how many rows the compiled model was compared with its model, and the largest difference of the scores."""

    rows: int
    largest: float


TABLES: dict[type[Model], Callable[[Any], TreeTables]] = {
    XGBoostModel: xgboost_trees.of_xgboost,
    LightGBMModel: lightgbm_trees.of_lightgbm,
    MeanOfTrees: tree_models.of_mean,
    LogOddsOfTrees: tree_models.of_log_odds,
    LogOddsOfHistogramTrees: tree_models.of_histograms,
    VoteOfTrees: tree_models.of_votes,
    IsolationTrees: tree_models.of_isolation,
}
"""How the trees of each kind of model are read."""
ROWS: dict[type[Model], Callable[[Any], RowScorer]] = {
    LogisticModel: LogisticRow,
    PerceptronModel: NetworkRow,
    PolynomialModel: PolynomialRow,
}
"""What scores one row for each kind of model without trees."""


def compile_model(model: Model) -> RowScorer:
    """The model as something that scores one row fast; ``ModelError`` where it is not known how."""
    kind = type(model)
    if kind in TABLES:
        tables = TABLES[kind](model)
        return TreeSession(tables) if tables.splits else OneScore(tables)
    if kind in ROWS:
        return ROWS[kind](model)
    if isinstance(model, VotingModel):
        members = [(weight, compile_model(member)) for _, weight, member in model.members]
        return VotingRow(members, mean=model.mean)
    raise ModelError(f"a {kind.__name__} has no compiled form")


def prove(compiled: RowScorer, model: Model, rows: Floats | None = None) -> Proof:
    """Compare on rows made of the values at which the score may change, and on ``rows``, float64 ``(n, d)``.

    ``ModelError`` when a score is further than ``TOLERANCE`` from the model's own, or is no number.
    """
    made = probes(compiled.values())
    tried = made if rows is None else np.concatenate([made, rows])
    found = np.array([compiled.score_one(row) for row in tried])
    largest = float(np.abs(np.clip(found, 0.0, 1.0) - model.score(tried)).max())
    if not largest <= TOLERANCE:
        raise ModelError(
            f"the compiled model's scores are up to {largest:.2g} from the model's own",
            expected=f"at most {TOLERANCE:g} on each of {len(tried):,} rows",
        )
    return Proof(len(tried), largest)


def probes(places: Sequence[Floats]) -> Floats:
    """Rows, float64 ``(PROBES, d)``, of values at which the score may change: each is one of its feature's ``places``,
    or a neighbour of it as float64 or float32."""
    draw = np.random.default_rng(0)
    columns = []
    for values in places:
        chosen = draw.choice(values, size=PROBES)
        with np.errstate(over="ignore"):
            near = chosen.astype(np.float32)
            around = [
                chosen,
                np.nextafter(chosen, -np.inf),
                np.nextafter(chosen, np.inf),
                np.nextafter(near, np.float32(-np.inf)).astype(np.float64),
                near.astype(np.float64),
                np.nextafter(near, np.float32(np.inf)).astype(np.float64),
            ]
        columns.append(np.choose(draw.integers(len(around), size=PROBES), around))
    made: Floats = np.clip(np.nan_to_num(np.column_stack(columns)), -1e38, 1e38)
    return made
