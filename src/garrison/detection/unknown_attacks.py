"""Leave each kind of attack out in turn: what does a model make of attacks that it never saw?

Learners are judged on attacks of the kinds they were shown, and detectors meet others. Here each kind of attack is
taken out of the training rows, together with a part of the benign ones, and the rest is learnt from; what was taken out
is then scored. No row of any test part has a share in it.
"""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from garrison.detection.crossval import Candidate
from garrison.detection.families import FAMILIES, Params
from garrison.detection.families.base import Bools, Floats, checked_rows
from garrison.errors import DataError
from garrison.evaluation.unseen import UnseenScores
from garrison.spread import run_all

Weigher = Callable[[Bools, NDArray[np.object_]], Floats | None]
Indices = NDArray[np.int64]


def hold_out_attacks(
    family: str,
    params: Mapping[str, object],
    X: ArrayLike,
    y: ArrayLike,
    attacks: NDArray[np.object_],
    groups: ArrayLike,
    *,
    parts: int = 5,
    seed: int,
    weigh: Weigher | None = None,
    jobs: int = 1,
) -> UnseenScores:
    """The scores of every kind of attack, and of benign rows, by models that learnt neither.

    ``X`` float64 (n, d), ``y`` bool (n,), ``attacks`` (n,) the name of each row's kind of attack ("" for benign rows),
    ``groups`` int (n,) what must stand on one side. The benign groups are dealt into ``parts``; the kinds take them in
    turn, so that benign rows are scored as fairly as attacks. A row whose group is held out, or that equals a row held
    out, is not learnt from.
    ``weigh`` gives the weights of the rows that are learnt from. Raises ``DataError`` when there are fewer than two
    kinds, as then nothing is left to learn from.

    >>> rng = np.random.default_rng(0)
    >>> X = np.concatenate([rng.normal(size=(200, 2)), rng.normal(size=(40, 2)) + 4, rng.normal(size=(40, 2)) + 5])
    >>> names = np.array([""] * 200 + ["scan"] * 40 + ["flood"] * 40, dtype=object)
    >>> found = hold_out_attacks("logistic_regression", {}, X, names != "", names, np.arange(280), seed=0)
    >>> [(kind.attack, kind.auc > 0.9) for kind in found.kinds(0.5)]
    [('flood', True), ('scan', True)]
    """
    rows, labels, ids = checked_rows(X), np.asarray(y, dtype=np.bool_), np.asarray(groups)
    kinds = kinds_of(labels, attacks)
    if len(kinds) < 2:
        raise DataError(
            f"attacks of {len(kinds)} kind(s) only: without one of them nothing is left to learn from",
            expected="two kinds of attack or more",
            remedy="name the kinds in a column whose role is attack, or turn it off (training.held_out_attacks=false)",
        )
    candidate = Candidate.of(family, params)
    dealt, twins = _deal(labels, ids, parts, seed), _equal_rows(rows)
    tasks = []
    for number, kind in enumerate(kinds):
        attack = np.flatnonzero(labels & (attacks == kind))
        benign = np.flatnonzero(~labels & (dealt == number % parts))
        held = np.zeros(len(labels), dtype=bool)
        held[attack] = held[benign] = True
        kept = np.flatnonzero(~held & ~np.isin(ids, ids[held]) & ~np.isin(twins, twins[held]))
        weights = None if weigh is None else weigh(labels[kept], attacks[kept])
        tasks.append((candidate, weights, kept, attack, benign, seed))
    found = run_all(
        fit_without,
        tasks,
        shared=(rows, labels),
        jobs=jobs,
        title="holding out each kind of attack",
        anywhere=True,
        cells=rows.size,
    )
    return UnseenScores(
        attacks={kind: scores for kind, (scores, _) in zip(kinds, found, strict=True)},
        benign={kind: scores for kind, (_, scores) in zip(kinds, found, strict=True)},
    )


def kinds_of(labels: Bools, attacks: NDArray[np.object_]) -> list[str]:
    """The kinds of attack among the malicious rows, in alphabetical order."""
    return sorted({str(name) for name in attacks[labels]})


def fit_without(
    candidate: Candidate,
    weights: Floats | None,
    kept: Indices,
    attack: Indices,
    benign: Indices,
    seed: int,
    X: Floats,
    y: Bools,
) -> tuple[Floats, Floats]:
    """Learn from the rows ``kept``; the scores of the rows ``attack`` and of the rows ``benign``."""
    params: Params = candidate.params
    model = FAMILIES[candidate.family].fit(X[kept], y[kept], params=params, seed=seed, weights=weights)
    return model.score(X[attack]), model.score(X[benign])


def _deal(labels: Bools, groups: NDArray[np.int64], parts: int, seed: int) -> Indices:
    """A part for each row, the same for all rows of a group; the groups that have benign rows are dealt evenly."""
    distinct, where = np.unique(groups, return_inverse=True)
    benign = np.unique(where[~labels])
    if len(benign) < parts:
        raise DataError(
            "too few groups of benign rows to hold some of them out", expected=f"{parts} groups or more"
        )
    dealt = np.full(len(distinct), -1)
    dealt[benign] = np.random.default_rng([seed, len(benign)]).permutation(len(benign)) % parts
    return np.asarray(dealt[where])


def _equal_rows(X: Floats) -> Indices:
    """A number for each row, the same for equal rows."""
    whole = np.ascontiguousarray(X + 0.0).view(np.dtype((np.void, X.dtype.itemsize * X.shape[1]))).ravel()
    return np.asarray(np.unique(whole, return_inverse=True)[1], dtype=np.int64)
