"""The peer of ``benchmarks/threats_score.py``: a whole file scored in pandas and XGBoost.

The trees are those of the detector that is measured, so that both must find the same scores; the numbers they look
at are made by pandas and scikit-learn.
"""

import importlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from xgboost import XGBClassifier

transforms = importlib.import_module("peers.threats_pandas_transform")


class PandasScore:
    """Fitted to the events of the file ``fit``, it scores others with the trees of the file ``model``.

    ``names`` are the columns that the trees look at, in their order.
    """

    def __init__(self, fit: Path, model: Path, names: tuple[str, ...], *, by_hand: bool) -> None:
        self.transform = transforms.PandasTransform(transforms.read(fit), by_hand=by_hand)
        self.order = [self.transform.names.index(name) for name in names]
        self.model = XGBClassifier()
        self.model.load_model(model)

    def score(self, path: Path) -> NDArray[np.float64]:
        """The probability that each event of the file is malicious, shape (n,)."""
        X = self.transform.transform(transforms.read(path))[:, self.order]
        return np.asarray(self.model.predict_proba(X)[:, 1], dtype=np.float64)
