"""Stage 2, membership inference: which images did a model learn from?

The protocol is that of Carlini et al. (S&P 2022): the models of a cell learn from random halves of the pool, so that
every other model of the cell is a shadow of which it is known what it learnt from.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from garrison.attacks.privacy import Audit, FoundMembers, Signals, infer_membership
from garrison.pipelines.artifact import Artifact
from garrison.pipelines.federating.cells import Cell
from garrison.pipelines.federating.data import Sides, audit_of
from garrison.pipelines.federating.findings import Measured
from garrison.pipelines.federating.settings import FederatedSettings
from garrison.pipelines.federating.training import TrainedCells, saved_model
from garrison.spread import run_all

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

FPRS = (0.001, 0.01)


@dataclass(frozen=True)
class FoundInCells(Artifact):
    """What the attack that finds most found of each model: by cell, one entry a seed."""

    found: dict[str, list[dict[str, Any]]]

    def of(self, cell: Cell) -> list[FoundMembers]:
        """What was found in a cell, by seed."""
        return [FoundMembers.from_dict(each) for each in self.found[cell.key]]

    def measured(self) -> list[Measured]:
        """The figures of the table."""
        return [
            figure
            for cell, found in self.found.items()
            for seed, facts in enumerate(found)
            for figure in _figures(cell, seed, FoundMembers.from_dict(facts))
        ]


def find_members(
    settings: FederatedSettings, sides: Sides, trained: TrainedCells, out: Path, *, run: Path
) -> FoundInCells:
    """Attack every model with the others of its cell; nothing is trained."""
    audit = audit_of(sides, settings)
    assert settings.attacks.membership is not None
    records = settings.attacks.membership.records
    tasks = [(cell, trained, audit, records, run) for cell in settings.cells]
    found = run_all(_of_cell, tasks, jobs=settings.jobs, title="membership")
    return FoundInCells(
        folder=out, found={cell.key: each for cell, each in zip(settings.cells, found, strict=True)}
    )


def members_of_models(answers: Floats, audit: Audit, *, records: int) -> list[tuple[FoundMembers, ...]]:
    """What each attack finds of each of ``k`` models, the others being the shadows.

    ``answers``, float64 ``(k, n)``, are the log-odds of the truth that model number i gives every record; ``records``
    of them are asked about.
    """
    inside = np.stack([audit.inside(number) for number in range(len(answers))])
    asked = np.sort(np.random.default_rng([audit.seed, 3]).permutation(answers.shape[1])[:records])
    return [
        infer_membership(_signals(answers, inside, number, asked), fprs=FPRS, seed=audit.seed)
        for number in range(len(answers))
    ]


def _of_cell(
    cell: Cell, trained: TrainedCells, audit: Audit, records: int, run: Path
) -> list[dict[str, Any]]:
    answers = np.stack([audit.answers(saved_model(run, row)) for row in trained.of(cell)])
    found = members_of_models(answers, audit, records=records)
    return [max(each, key=lambda attack: attack.auc.value).to_dict() for each in found]


def _signals(answers: Floats, inside: Bools, number: int, asked: NDArray[np.int64]) -> Signals:
    others = np.arange(len(answers)) != number
    return Signals(
        target=answers[number, asked],
        member=inside[number, asked],
        shadows=answers[np.ix_(others, asked)],
        inside=inside[np.ix_(others, asked)],
    )


def _figures(cell: str, seed: int, found: FoundMembers) -> tuple[Measured, ...]:
    return (
        Measured(cell, seed, "membership", found.auc.value),
        Measured(cell, seed, "membership_tpr", found.tpr[0.01].value),
    )
