"""How many members of an image model's training data are found, beside the Adversarial Robustness Toolbox.

    python benchmarks/membership.py --peer-python /path/to/a/python/that/has/art

The MLP of McMahan et al. 2017 learns from 1,000 of 2,000 images of MNIST until it knows them by heart. The loss
threshold needs the model alone, LiRA ``--shadows`` models of the same recipe. The toolbox's ``rule_based`` calls
members what the model gets right, its ``black_box`` is a random forest on the model's answers, which is told for half
of the records which are members: all are judged on the other half. AUC, and the share of members found where 1 % of
the others are taken for members.

The toolbox needs an environment of its own:
python -m venv V; V/bin/pip install torch adversarial-robustness-toolbox.
"""

import argparse
import importlib
import json
import os
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from garrison.attacks.privacy import (
    MEMBERSHIP_ATTACKS,
    TARGET,
    Audit,
    FoundMembers,
    Signals,
    found_members,
    shadow_answers,
)
from garrison.attacks.privacy.inversion import OfModule

shared: Any = importlib.import_module("gradient_inversion")
PEER = Path(__file__).parent / "peers" / "image_privacy_art.py"


@dataclass(frozen=True)
class ByHeart:
    """The MLP, trained for longer than it should be."""

    epochs: int

    def learn(self, records: Any, y: Any, /, *, seed: int) -> OfModule:
        """Batches of 20."""
        draw = np.random.default_rng(seed)
        order = [
            part
            for _ in range(self.epochs)
            for part in np.array_split(draw.permutation(len(y)), max(len(y) // 20, 1))
        ]
        return OfModule(shared.steps(shared.network("mlp", seed), records, y, order).eval(), (1, 28, 28), 10)


def by_peer(
    python: str, attack: str, model: OfModule, x: Any, y: Any, member: Any, known: Any
) -> tuple[Any, float, float]:
    """The peer's scores, its seconds and the processor's."""
    with tempfile.TemporaryDirectory() as folder:
        weights = {f"w.{name}": each.numpy() for name, each in model.module.state_dict().items()}
        given = {"network": np.array("mlp"), "x": x, "y": y, "member": member, "known": known}
        np.savez(Path(folder) / "given.npz", allow_pickle=False, **given, **weights)
        done = subprocess.run(
            [python, str(PEER), attack, folder],
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONWARNINGS": "ignore", "OMP_NUM_THREADS": "1", "PYTHONPATH": ""},
        )
        told = json.loads(done.stdout.strip().splitlines()[-1])
        return np.load(Path(folder) / "made.npy"), told["seconds"], told["cpu_seconds"]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--mnist", type=Path, default=Path(os.environ.get("GARRISON_DATA", ".")) / "mnist")
    parser.add_argument("--records", type=int, default=2_000)
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--shadows", type=int, default=16)
    parser.add_argument("--peer-python", help="the Python of an environment with the toolbox")
    options = parser.parse_args()
    torch.set_num_threads(1)
    x, y = shared.mnist(options.mnist)
    x, y = x[: options.records], y[: options.records]
    places = np.arange(len(y))
    audit = Audit(x, y, places, places, np.zeros(len(y), dtype=np.bool_), len(y), 0)
    recipe = ByHeart(options.epochs)
    model = audit.trained(recipe, TARGET)
    member = audit.inside(TARGET)
    known = np.random.default_rng(5).random(len(y)) < 0.5
    rows: list[tuple[FoundMembers, float, float]] = []

    def held(name: str, scores: Any, seconds: float, busy: float, shadows: int = 0) -> None:
        judged = found_members(name, "", scores[~known], member[~known], shadows=shadows)
        rows.append((judged, seconds, busy))

    started, worked = time.perf_counter(), time.process_time()
    answers = audit.answers(model)
    none = np.zeros((0, len(y)))
    alone = Signals(answers, member, none, none.astype(np.bool_))
    scores = MEMBERSHIP_ATTACKS["loss_threshold"].scores(alone)
    held("loss_threshold", scores, time.perf_counter() - started, time.process_time() - worked)
    shadows = shadow_answers(recipe, audit, options.shadows)
    inside = np.array([audit.inside(number) for number in range(options.shadows)])
    signals = Signals(answers, member, shadows, inside)
    for name in ("lira", "lira_offline"):
        scores = MEMBERSHIP_ATTACKS[name].scores(signals)
        held(name, scores, time.perf_counter() - started, time.process_time() - worked, options.shadows)
    if options.peer_python:
        for name in ("rule_based", "black_box"):
            scores, seconds, busy = by_peer(options.peer_python, name, model, x, y, member, known)
            held(f"art {name}", scores, seconds, busy)
    print(f"{'attack':18}{'AUC':26}{'found at 1 % false':26}{'s':>8}{'cpu s':>8}")
    for judged, seconds, busy in rows:
        print(
            f"{judged.attack:18}{judged.auc!s:26}{judged.tpr[0.01]!s:26}{seconds:8.2f}{busy:8.2f}", flush=True
        )


if __name__ == "__main__":
    main()
