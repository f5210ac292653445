"""Stage 3, membership from updates: whose records are those, asks a server that sees what parties send it.

After the last round one more is run from each finished model: the server sees one party's new weights, or behind secure
aggregation the mean of all, and asks of each record whether that party has it.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from garrison.attacks.privacy import FoundMembers, UpdateGain, found_members, log_odds_of_truth
from garrison.federated import parties_of, seed_for
from garrison.pipelines.artifact import Artifact
from garrison.pipelines.federating.cells import Cell
from garrison.pipelines.federating.data import Sides, learnt_from
from garrison.pipelines.federating.findings import Measured
from garrison.pipelines.federating.membership import FPRS
from garrison.pipelines.federating.recipes import dealt
from garrison.pipelines.federating.round_seen import one_round, training_in_round
from garrison.pipelines.federating.settings import FederatedSettings
from garrison.pipelines.federating.training import TrainedCells, saved_model
from garrison.spread import run_all


@dataclass(frozen=True)
class FoundInUpdates(Artifact):
    """What was found in one party's update: by cell, one entry a seed; a conventional cell has none."""

    found: dict[str, list[dict[str, Any]]]

    def of(self, cell: Cell) -> list[FoundMembers]:
        """What was found in a cell, by seed."""
        return [FoundMembers.from_dict(each) for each in self.found.get(cell.key, [])]

    def measured(self) -> list[Measured]:
        """The figures of the table."""
        return [
            Measured(cell, seed, "membership_server", FoundMembers.from_dict(facts).auc.value)
            for cell, found in self.found.items()
            for seed, facts in enumerate(found)
        ]


def find_party_members(
    settings: FederatedSettings, sides: Sides, trained: TrainedCells, out: Path, *, run: Path
) -> FoundInUpdates:
    """Attack one party of every federated model."""
    cells = [cell for cell in settings.cells if cell.federated]
    tasks = [(settings, sides, cell, row, run) for cell in cells for row in trained.of(cell)]
    found = run_all(_of_one, tasks, jobs=settings.jobs, title="membership from updates")
    by_cell: dict[str, list[dict[str, Any]]] = {cell.key: [] for cell in cells}
    for task, each in zip(tasks, found, strict=True):
        by_cell[task[2].key].append(each)
    return FoundInUpdates(folder=out, found=by_cell)


def _of_one(
    settings: FederatedSettings, sides: Sides, cell: Cell, row: dict[str, Any], run: Path
) -> dict[str, Any]:
    seed = int(row["seed"])
    own = seed_for(settings.seed, cell.network, seed)
    places = learnt_from(sides, settings, seed)
    parties = parties_of(
        sides.pool_x[places], sides.pool_y[places], dealt(settings, sides.pool_y[places], seed=own)
    )
    victim = parties[0]
    smallest = min(len(party.y) for party in parties)
    how = training_in_round(settings, cell, sides, smallest=smallest, seed=own, number=len(row["rounds"]) + 1)
    sending = parties if cell.way == "secure" else (victim,)
    seen = one_round(saved_model(run, row), sending, how, seed=seed_for(own, "one more round"))
    outside = np.setdiff1d(np.arange(len(sides.pool_y)), places)
    others = np.random.default_rng([own % 2**32, 5]).permutation(outside)[: len(victim.y)]
    x = np.concatenate([victim.x, sides.pool_x[others]])
    y = np.concatenate([victim.y, sides.pool_y[others]])
    attack = UpdateGain()
    before, after = (log_odds_of_truth(model.probabilities(x), y) for model in (seen.before, seen.after))
    member = np.arange(len(y)) < len(victim.y)
    return found_members(
        attack.name, attack.knowledge, attack.scores(before, after), member, fprs=FPRS, seed=seed
    ).to_dict()
