"""What model inversion draws of networks trained on MNIST, beside MIFace of the Adversarial Robustness Toolbox.

    python benchmarks/model_inversion.py --peer-python /path/to/a/python/that/has/art

The networks of McMahan et al. 2017 are trained on 30,000 images for ``--steps`` steps of 50; a second CNN that was
trained on others judges. Each of ours is run on an untrained network too: what it draws there is its own. MIFace has
the budget that the toolbox gives it, and as the toolbox expects probabilities, a softmax is put behind the network.

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
from pathlib import Path
from typing import Any

import numpy as np
import torch

from garrison.attacks.privacy.inversion import (
    INVERSIONS,
    AskedInversion,
    Inverted,
    OfModule,
    Recognised,
    against_baseline,
    judge,
    letter_prior,
)

shared: Any = importlib.import_module("gradient_inversion")
PEER = Path(__file__).parent / "peers" / "image_privacy_art.py"
SHAPE, CLASSES = (1, 28, 28), 10


def by_peer(python: str, model: OfModule, kind: str) -> tuple[Inverted, float]:
    """MIFace on the same weights, and the processor's seconds."""
    with tempfile.TemporaryDirectory() as folder:
        weights = {f"w.{name}": each.numpy() for name, each in model.module.state_dict().items()}
        np.savez(Path(folder) / "given.npz", allow_pickle=False, network=np.array(kind), **weights)
        done = subprocess.run(
            [python, str(PEER), "mi_face", folder],
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONWARNINGS": "ignore", "OMP_NUM_THREADS": "1", "PYTHONPATH": ""},
        )
        told = json.loads(done.stdout.strip().splitlines()[-1])
        images = np.load(Path(folder) / "made.npy").astype(np.float32)
    sure = model.probabilities(images)[np.arange(CLASSES), np.arange(CLASSES)]
    found = Inverted(
        attack="mi_face",
        knowledge="",
        classes=np.arange(CLASSES),
        records=images,
        confidence=sure,
        queries=0,
        iterations=0,
        seconds=told["seconds"],
    )
    return found, told["cpu_seconds"]


def show(kind: str, held: Recognised, busy: float, untrained: str) -> None:
    """One line."""
    print(
        f"{kind:8}{held.attack:14}{held.recognised!s:24}{held.confidence!s:24}{held.nearest!s:24}"
        f"{held.likeness!s:24}{untrained:>10}{held.seconds:7.1f}{busy:7.1f}{held.queries:9}  "
        f"{', '.join(flag.name for flag in held.flags)}",
        flush=True,
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--mnist", type=Path, default=Path(os.environ.get("GARRISON_DATA", ".")) / "mnist")
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--networks", nargs="+", choices=("mlp", "cnn"), default=["mlp", "cnn"])
    parser.add_argument(
        "--queries", type=int, default=2_000, help="for each class, where the model is only asked"
    )
    parser.add_argument("--peer-python", help="the Python of an environment with the toolbox")
    parser.add_argument("--save", type=Path, help="an .npz file for the images")
    options = parser.parse_args()
    torch.set_num_threads(1)
    x, y = shared.mnist(options.mnist)
    draw = np.random.default_rng(0)

    def learnt(kind: str, low: int, high: int, seed: int) -> OfModule:
        order = [draw.integers(low, high, 50) for _ in range(options.steps)]
        return OfModule(shared.steps(shared.network(kind, seed), x, y, order).eval(), SHAPE, CLASSES)

    judging = learnt("cnn", 30_000, 60_000, 7)
    letter_prior(SHAPE)
    print(f"{'network':8}{'attack':14}{'recognised':24}{'confidence':24}{'nearest':24}{'likeness':24}"
          f"{'untrained':>10}{'s':>7}{'cpu s':>7}{'queries':>9}  flags")  # fmt: skip
    kept: dict[str, Any] = {}
    for kind in options.networks:
        target, blank = learnt(kind, 0, 30_000, 1), OfModule(shared.network(kind, 3).eval(), SHAPE, CLASSES)
        attacks: dict[str, Any] = {
            name: lambda model, each=each: each.run(model) for name, each in INVERSIONS.items()
        }
        asking = AskedInversion(queries=options.queries)
        attacks["asked"] = lambda model, asking=asking: asking.run(
            model, letter_prior(SHAPE), classes=CLASSES
        )
        for attack in attacks.values():
            worked = time.process_time()
            found = attack(target)
            busy = time.process_time() - worked
            untrained = judge(attack(blank), judging, x[:30_000], y[:30_000])
            held = against_baseline(judge(found, judging, x[:30_000], y[:30_000]), untrained)
            kept[f"{kind}.{found.attack}"] = found.records
            show(kind, held, busy, f"{untrained.recognised.value:.2f}")
        if options.peer_python:
            found, busy = by_peer(options.peer_python, target, kind)
            kept[f"{kind}.{found.attack}"] = found.records
            show(kind, judge(found, judging, x[:30_000], y[:30_000]), busy, "–")
    if options.save:
        np.savez(options.save, **kept)


if __name__ == "__main__":
    main()
