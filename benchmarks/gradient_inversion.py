"""How much gradient inversion recovers of MNIST by batch, epochs and noise; its speed beside the library ``breaching``.

    python benchmarks/gradient_inversion.py --survey
    python benchmarks/gradient_inversion.py --peer-python /path/to/a/python/that/has/breaching

The networks are those of McMahan et al. 2017, fresh or after ``--trained`` steps of SGD on other images. ``--survey``
prints, for each attack, the mean PSNR and SSIM of the images that it made and the share of the true ones identified
as the nearest of 10,000, over ``--victims`` parties. Beside the peer, Geiping's attack has the same number of
iterations on both sides, in one thread and without total variation (the peer's is written for three channels), and
again with ours as it comes.

The peer needs an environment of its own: python -m venv V; V/bin/pip install --no-deps breaching lpips, and then
torch, scipy, hydra-core, matplotlib.
"""

import argparse
import copy
import gzip
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
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from garrison.attacks.privacy.gradient_inversion import (
    GRADIENT_INVERSIONS,
    CosineInversion,
    LocalSteps,
    Reconstructed,
    SeenUpdate,
    judge,
)
from garrison.errors import UsageError

PEER = Path(__file__).parent / "peers" / "gradient_inversion_breaching.py"
SHAPE, CLASSES = (1, 28, 28), 10


def mnist(folder: Path, part: str = "train") -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Images ``(n, 1, 28, 28)`` in [0, 1] and their digits."""
    images = gzip.decompress((folder / f"{part}-images-idx3-ubyte.gz").read_bytes())
    labels = gzip.decompress((folder / f"{part}-labels-idx1-ubyte.gz").read_bytes())
    pixels = np.frombuffer(images, np.uint8, offset=16).reshape(-1, *SHAPE)
    return (pixels / np.float32(255)).astype(np.float32), np.frombuffer(labels, np.uint8, offset=8).astype(
        np.int64
    )


def network(kind: str, seed: int) -> nn.Sequential:
    """The MLP or the CNN of McMahan et al. 2017."""
    torch.manual_seed(seed)
    if kind == "mlp":
        return nn.Sequential(
            nn.Flatten(), nn.Linear(784, 200), nn.ReLU(), nn.Linear(200, 200), nn.ReLU(), nn.Linear(200, 10)
        )
    return nn.Sequential(
        nn.Conv2d(1, 32, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(3136, 512), nn.ReLU(), nn.Linear(512, 10),
    )  # fmt: skip


def steps(
    module: nn.Sequential, x: Any, y: Any, order: list[NDArray[Any]], rate: float = 0.1
) -> nn.Sequential:
    """Plain SGD over batches of places."""
    walker = torch.optim.SGD(module.parameters(), lr=rate)
    for places in order:
        walker.zero_grad()
        loss = functional.cross_entropy(module(torch.from_numpy(x[places])), torch.from_numpy(y[places]))
        torch.autograd.backward(loss)
        walker.step()
    return module


@dataclass(frozen=True)
class Case:
    """One line of the survey."""

    network: str
    batch: int
    epochs: int = 1
    trained: int = 0
    noise: float = 0.0
    labels: bool = True

    def victim(self, x: Any, y: Any, seed: int) -> tuple[SeenUpdate, NDArray[np.float32]]:
        """A party with ``batch`` examples that trains for ``epochs`` on all of them, and what it had.

        ``noise`` is that of DP-SGD: examples' gradients are clipped to length 1, and the sum gets normal noise of
        this standard deviation.
        """
        draw = np.random.default_rng(seed)
        module = network(self.network, seed)
        steps(module, x, y, [draw.integers(20_000, 60_000, 10) for _ in range(self.trained)])
        own = draw.choice(10_000, self.batch, replace=False)
        before = {name: each.detach().numpy().copy() for name, each in module.state_dict().items()}
        moved = copy.deepcopy(module)
        if self.noise:
            sums = [torch.zeros_like(each) for each in moved.parameters()]
            for place in own:
                loss = functional.cross_entropy(
                    moved(torch.from_numpy(x[[place]])), torch.from_numpy(y[[place]])
                )
                parts = torch.autograd.grad(loss, [*moved.parameters()])
                length = float(torch.sqrt(sum((each.square().sum() for each in parts), torch.zeros(()))))
                for held, each in zip(sums, parts, strict=True):
                    held.add_(each / max(length, 1.0))
            with torch.no_grad():
                for each, held in zip(moved.parameters(), sums, strict=True):
                    noise = torch.from_numpy(draw.normal(scale=self.noise, size=held.shape)).float()
                    each.sub_(0.1 * (held + noise) / self.batch)
        else:
            steps(moved, x, y, [own] * self.epochs)
        after = {name: each.detach().numpy().copy() for name, each in moved.state_dict().items()}
        how = LocalSteps(examples=self.batch, batch=self.batch, epochs=self.epochs, learning_rate=0.1)
        known = y[own] if self.labels else None
        return SeenUpdate.of(module, before, after, how, shape=SHAPE, classes=CLASSES, labels=known), x[own]


SURVEY = [
    *(Case(kind, batch) for kind in ("mlp", "cnn") for batch in (1, 8)),
    *(Case(kind, 8, epochs=5) for kind in ("mlp", "cnn")),
    *(Case(kind, 1, noise=noise) for kind in ("mlp", "cnn") for noise in (1e-3, 1e-2, 0.1)),
    *(Case(kind, batch) for kind in ("mlp", "cnn") for batch in (16, 32, 100)),
    *(Case(kind, batch, trained=500) for kind in ("mlp", "cnn") for batch in (1, 8)),
    *(Case(kind, 8, labels=False) for kind in ("mlp", "cnn")),
]


def survey(x: Any, y: Any, *, victims: int, attacks: list[str], cases: list[Case]) -> None:
    """Every attack on every case."""
    print(f"{'network':8}{'batch':>6}{'epochs':>7}{'trained':>8}{'noise':>7}{'labels':>7}  {'attack':16}"
          f"{'PSNR':>6}{'SSIM':>6}  {'identified':24}{'s/party':>8}  flags")  # fmt: skip
    for case in cases:
        seen = [case.victim(x, y, seed) for seed in range(victims)]
        for name in attacks:
            try:
                found = [
                    GRADIENT_INVERSIONS[name].run(update, seed=seed) for seed, (update, _) in enumerate(seen)
                ]
            except UsageError:
                continue
            held = judge(found, [truth for _, truth in seen], x[10_000 : 20_000 - case.batch])
            flags = ", ".join(flag.name for flag in held.flags)
            print(f"{case.network:8}{case.batch:6}{case.epochs:7}{case.trained:8}{case.noise:7g}"
                  f"{'known' if case.labels else 'not':>7}  {name:16}{held.psnr.value:6.1f}{held.ssim.value:6.2f}"
                  f"  {held.identified!s:24}{held.seconds / victims:8.1f}  {flags}", flush=True)  # fmt: skip


def by_peer(python: str, update: SeenUpdate, kind: str, iterations: int) -> tuple[Reconstructed, float]:
    """What the peer makes of the same update, and the processor's seconds."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        arrays = {f"before.{name}": each for name, each in update.before.items()}
        arrays |= {f"gradient.{name}": each for name, each in update.gradient.items()}
        np.savez(place / "seen.npz", allow_pickle=False, labels=np.asarray(update.labels), **arrays)
        (place / "architecture.json").write_text(json.dumps({"network": kind}))
        done = subprocess.run(
            [python, str(PEER), folder, str(iterations)],
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONWARNINGS": "ignore", "OMP_NUM_THREADS": "1", "PYTHONPATH": ""},
        )
        told = json.loads(done.stdout.strip().splitlines()[-1])
        images = np.load(place / "made.npy").astype(np.float32)
    found = Reconstructed(
        attack="peer",
        knowledge="",
        images=images,
        labels=np.asarray(update.labels),
        labels_known=True,
        mismatch=None,
        iterations=iterations,
        seconds=told["seconds"],
    )
    return found, told["cpu_seconds"]


def paired(
    x: Any, y: Any, *, python: str, victims: int, iterations: int, batches: list[int], kinds: list[str]
) -> None:
    """The same attack here and there, in turns."""
    print(
        f"{'network':8}{'batch':>6}  {'who':22}{'PSNR':>6}{'SSIM':>6}{'identified':>11}{'ms/it':>8}{'cpu ms/it':>11}"
    )
    for kind in kinds:
        for batch in batches:
            rows: dict[str, list[tuple[Reconstructed, float, Any]]] = {}
            for seed in range(victims):
                update, truth = Case(kind, batch).victim(x, y, seed)
                for who, weight in (("garrison, as the peer", 0.0), ("garrison", 0.01)):
                    worked = time.process_time()
                    found = CosineInversion(iterations=iterations, total_variation=weight).run(
                        update, seed=seed
                    )
                    rows.setdefault(who, []).append((found, time.process_time() - worked, truth))
                made, busy = by_peer(python, update, kind, iterations)
                rows.setdefault("breaching", []).append((made, busy, truth))
            for who, each in rows.items():
                held = judge([row[0] for row in each], [row[2] for row in each], x[10_000 : 20_000 - batch])
                clock = 1e3 * held.seconds / victims / iterations
                spent = 1e3 * sum(row[1] for row in each) / victims / iterations
                print(f"{kind:8}{batch:6}  {who:22}{held.psnr.value:6.1f}{held.ssim.value:6.2f}"
                      f"{held.identified.value:11.2f}{clock:8.1f}{spent:11.1f}", flush=True)  # fmt: skip


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--mnist", type=Path, default=Path(os.environ.get("GARRISON_DATA", ".")) / "mnist")
    parser.add_argument("--survey", action="store_true")
    parser.add_argument("--attacks", nargs="+", default=["first_layer", "spear", "deep_leakage", "cosine"])
    parser.add_argument("--victims", type=int, default=3)
    parser.add_argument("--most", type=int, default=100, help="the largest batch of the survey")
    parser.add_argument("--networks", nargs="+", choices=("mlp", "cnn"), default=["mlp", "cnn"])
    parser.add_argument("--peer-python", help="the Python of an environment with breaching")
    parser.add_argument("--iterations", type=int, default=200)
    parser.add_argument("--batches", nargs="+", type=int, default=[1, 8])
    options = parser.parse_args()
    torch.set_num_threads(1)
    x, y = mnist(options.mnist)
    if options.survey:
        cases = [each for each in SURVEY if each.batch <= options.most and each.network in options.networks]
        survey(x, y, victims=options.victims, attacks=options.attacks, cases=cases)
    if options.peer_python:
        paired(
            x,
            y,
            python=options.peer_python,
            victims=options.victims,
            iterations=options.iterations,
            batches=options.batches,
            kinds=options.networks,
        )


if __name__ == "__main__":
    main()
