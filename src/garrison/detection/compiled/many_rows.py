"""Many rows at once, by whatever is fastest for the model and gives its scores."""

from garrison.detection.families.base import Floats, Model


class ManyRows:
    """The scores of a model for tables of rows."""

    def __init__(self, model: Model) -> None:
        self.model = model

    def score(self, X: Floats, *, jobs: int = 1) -> Floats:
        """The score of each row of ``X``, float64 ``(n, d)``, by ``jobs`` threads (-1: one a core)."""
        return self.model.score(X, jobs=jobs)
