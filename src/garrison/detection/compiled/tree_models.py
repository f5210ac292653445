"""The tables of scikit-learn's tree ensembles, as their families keep them."""

from dataclasses import replace

import numpy as np

from garrison.detection.compiled.tree_tables import TreeTables, at_most_in_float32
from garrison.detection.families.adaboost import VoteOfTrees
from garrison.detection.families.hist_gradient_boosting import LogOddsOfHistogramTrees
from garrison.detection.families.isolation_forest import IsolationTrees
from garrison.detection.families.tree_models import LogOddsOfTrees, MeanOfTrees, TreeModel
from garrison.detection.families.trees import Trees


def of_mean(model: MeanOfTrees) -> TreeTables:
    """Of a forest."""
    return TreeTables(
        features=model.features,
        trees=_weighted(model),
        start=model.start,
        narrow=True,
        link="identity",
        divisor=float(len(model.weights)),
    )


def of_log_odds(model: LogOddsOfTrees) -> TreeTables:
    """Of boosted trees with exact splits."""
    return TreeTables(
        features=model.features, trees=_weighted(model), start=model.start, narrow=True, link="expit"
    )


def of_histograms(model: LogOddsOfHistogramTrees) -> TreeTables:
    """Of boosted trees on histograms, which compare float64 numbers."""
    weighted = replace(model.trees, value=model.trees.value * _each_node(model))
    return TreeTables(features=model.features, trees=weighted, start=model.start, narrow=False, link="expit")


def of_votes(model: VoteOfTrees) -> TreeTables:
    """Of AdaBoost's trees."""
    return TreeTables(
        features=model.features,
        trees=_weighted(model),
        start=model.start,
        narrow=True,
        link="expit",
        divisor=float(model.weights.sum()) / 2,
    )


def of_isolation(model: IsolationTrees) -> TreeTables:
    """Of an isolation forest."""
    return TreeTables(
        features=model.features, trees=_weighted(model), start=model.start, narrow=True, link="exp2_of_minus"
    )


def _weighted(model: TreeModel) -> Trees:
    trees = model.trees
    return replace(
        trees, threshold=at_most_in_float32(trees.threshold), value=trees.value * _each_node(model)
    )


def _each_node(model: TreeModel) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.repeat(np.asarray(model.weights), model.trees.counts)
