"""A polynomial model that learnt from another one, and what it lost by that."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np

from garrison.detection.families.base import Bools, Files, Floats
from garrison.detection.families.polynomial_model import PolynomialModel
from garrison.files import canonical_json

LOSS_FILE = "teacher.json"


@dataclass(frozen=True)
class Loss:
    """Teacher and student on rows that neither learnt from.

    ``agreement`` is the share of rows on the same side of 0.5, ``gap`` the mean distance of their scores.
    """

    teacher: str
    rows: int
    teacher_auc: float
    student_auc: float
    agreement: float
    gap: float

    @classmethod
    def between(cls, teacher: str, taught: Floats, learnt: Floats, y: Bools) -> Self:
        """Of the scores ``(n,)`` of both, and the truth bool ``(n,)``, which has both classes.

        >>> y = np.array([False, True, True, False])
        >>> Loss.between("xgboost", np.array([0.1, 0.9, 0.8, 0.2]), np.array([0.2, 0.9, 0.4, 0.3]), y).agreement
        0.75
        """
        from garrison.evaluation import metric

        auc = metric("auc")
        return cls(
            teacher=teacher,
            rows=len(y),
            teacher_auc=float(auc(y, taught)),
            student_auc=float(auc(y, learnt)),
            agreement=float(((taught >= 0.5) == (learnt >= 0.5)).mean()),
            gap=float(np.abs(taught - learnt).mean()),
        )

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> Self:
        """What ``asdict`` gave; ``ValueError`` where a share is none."""
        found = cls(**{**facts, "teacher": str(facts["teacher"]), "rows": int(facts["rows"])})
        shares = (found.teacher_auc, found.student_auc, found.agreement, found.gap)
        if not all(isinstance(share, float) and 0 <= share <= 1 for share in shares) or found.rows < 1:
            raise ValueError("the comparison with the teacher is none")
        return found

    def __str__(self) -> str:
        """What it cost, in one sentence."""
        return (
            f"distilled from {self.teacher}: on {self.rows:,} rows that neither learnt from, AUC {self.student_auc:.4f}"
            f" where the teacher has {self.teacher_auc:.4f}, equal verdicts at 0.5 for {self.agreement:.1%}"
        )


@dataclass(frozen=True)
class DistilledModel(PolynomialModel):
    """A polynomial model with its ``loss`` against its teacher."""

    loss: Loss

    @property
    def caveats(self) -> tuple[str, ...]:
        """What distilling cost."""
        return (str(self.loss),)

    def files(self) -> Files:
        """Those of the polynomial model, and the comparison with the teacher."""
        return {**super().files(), LOSS_FILE: canonical_json(asdict(self.loss)).encode()}

    @classmethod
    def _from_files(cls, files: Mapping[str, bytes]) -> Self:
        parts = PolynomialModel.from_files(files)
        loss = Loss.from_facts(json.loads(files[LOSS_FILE]))
        return cls(encoding=parts.encoding, circuit=parts.circuit, loss=loss)
