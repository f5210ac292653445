"""Sanitising: training events whose label nothing else supports are left out.

Against labels that are wrong, by mistake or on purpose. Two ways: the out-of-fold score of a row's own label (models
that never saw its group find it next to impossible), or the labels of its nearest neighbours (Paudice, Muñoz-González
and Lupu, "Label Sanitization Against Label Flipping Poisoning Attacks", 2018).
"""

from dataclasses import replace
from typing import ClassVar

import numpy as np

from garrison.defences.defence import Defence
from garrison.defences.draft import Draft, Floats
from garrison.detection import cross_validate
from garrison.errors import SettingsError

FOLDS = 3
METHODS = ("loss", "neighbours")


class Sanitising(Defence):
    """Leaves out rows whose own label has less than ``least`` support, the least first, and at most a share ``most``.

    Support is the probability that models of other folds give the row's label (``method`` loss), or the share of its
    ``neighbours`` nearest training rows of other groups that have it (``method`` neighbours).
    """

    name: ClassVar[str] = "sanitising"
    does: ClassVar[str] = "leaves out training events whose label nothing supports"

    def __init__(
        self, *, method: str = "loss", least: float = 0.05, most: float = 0.1, neighbours: int = 10
    ) -> None:
        if method not in METHODS:
            raise SettingsError(
                f"there is no method {method!r}",
                where=f"parameters of {self.name}",
                expected="one of " + ", ".join(METHODS),
            )
        self.method = method
        self.least = float(self._number("least", least, low=0, high=1))
        self.most = float(self._number("most", most, low=0, high=0.5))
        self.neighbours = int(self._number("neighbours", neighbours, low=1, high=1000, whole=True))

    def apply(self, draft: Draft) -> Draft:
        """The draft without the rows that nothing supports."""
        support = self._by_loss(draft) if self.method == "loss" else self._by_neighbours(draft)
        order = np.argsort(support, kind="stable")[: int(self.most * len(support))]
        out = order[support[order] < self.least]
        kept = np.ones(len(support), dtype=np.bool_)
        kept[out] = False
        for side in (True, False):
            if not (draft.learnt.y[kept] == side).any():
                kept |= draft.learnt.y == side
        malicious = int(draft.learnt.y[~kept].sum())
        benign = int((~kept).sum()) - malicious
        made = replace(draft, learnt=draft.learnt.rows(kept), weights=draft.weights[kept])
        words = (
            f"{malicious + benign:,} of {len(kept):,} training events are left out "
            f"({malicious:,} malicious, {benign:,} benign)"
        )
        return made.noted(self.name, words, malicious=malicious, benign=benign, rows=len(kept))

    def _by_loss(self, draft: Draft) -> Floats:
        known = draft.learnt
        found = cross_validate(
            draft.family,
            draft.params,
            draft.blind(known.X),
            known.y,
            known.groups,
            folds=FOLDS,
            seed=draft.seed,
            weights=draft.weights,
            jobs=draft.jobs,
        )
        return np.where(known.y, found.out_of_fold, 1.0 - found.out_of_fold)

    def _by_neighbours(self, draft: Draft) -> Floats:
        from sklearn.neighbors import NearestNeighbors

        X, y, groups = draft.blind(draft.learnt.X), draft.learnt.y, draft.learnt.groups
        _, first = np.unique(groups, return_index=True)
        spread = X.std(axis=0)
        X = (X - X.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
        count = min(self.neighbours + 1, len(first))
        nearest = first[
            NearestNeighbors(n_neighbors=count).fit(X[first]).kneighbors(X, return_distance=False)
        ]
        other = groups[nearest] != groups[:, None]
        same = (y[nearest] == y[:, None]) & other
        return np.asarray(same.sum(axis=1) / np.maximum(other.sum(axis=1), 1))
