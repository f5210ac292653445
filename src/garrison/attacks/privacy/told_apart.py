"""How well members are told from others without the model: where that works, an attack's success proves nothing."""

import numpy as np

from garrison.attacks.privacy.interface import Bools, Floats
from garrison.evaluation import Interval, bootstrap_interval

FOLDS = 3
TREES = 100


def told_apart(X: Floats, member: Bools, *, seed: int = 0, level: float = 0.99) -> Interval | None:
    """The AUC of a classifier that sees the records, ``X`` float64 ``(n, d)``, and never the model.

    It learns which are members from two thirds of the records and is judged on the third. Members and others that
    were drawn alike give 0.5; an interval above it says that they were not, as with a test part of another time (Das
    et al., "Blind Baselines Beat Membership Inference Attacks", 2024). None where a side has fewer than 30 records.
    """
    from sklearn.ensemble import ExtraTreesClassifier
    from sklearn.model_selection import StratifiedKFold

    if min(int(member.sum()), int((~member).sum())) < 30:
        return None
    scores = np.zeros(len(member))
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    for train, test in folds.split(X, member):
        forest = ExtraTreesClassifier(TREES, min_samples_leaf=3, random_state=seed)
        scores[test] = forest.fit(X[train], member[train]).predict_proba(X[test])[:, 1]
    return bootstrap_interval("auc", member, scores, repeats=500, seed=seed, level=level)
