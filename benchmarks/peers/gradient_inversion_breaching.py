"""The peer of ``benchmarks/gradient_inversion.py``: "Inverting Gradients" in its authors' own library ``breaching``.

Run by the Python of an environment that has it; prints JSON. It is given the architecture, the weights, the gradient
and the labels, and the same number of iterations; everything else is its own configuration ``invertinggradients``.
"""

import importlib
import json
import sys
import time
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np


class _Any(type):
    """A class that has whatever it is asked for."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Any(name, (), {})


class _Absent(ModuleType):
    """What it needs torchvision for (models and data of its own) is not used here, so that anything will do."""

    def __getattr__(self, name: str) -> Any:
        return getattr(_Any("Anything", (), {}), name)


class _Finder(MetaPathFinder, Loader):
    def find_spec(self, name: str, _path: object = None, _target: object = None) -> ModuleSpec | None:
        return ModuleSpec(name, self, is_package=True) if name.partition(".")[0] == "torchvision" else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _Absent(spec.name)

    def exec_module(self, _module: ModuleType) -> None:
        return None


def main() -> None:
    """Measure once and print."""
    folder, iterations = Path(sys.argv[1]), int(sys.argv[2])
    torch = importlib.import_module("torch")
    torch.set_num_threads(1)
    sys.meta_path.insert(0, _Finder())
    breaching = importlib.import_module("breaching")
    nn = torch.nn
    with np.load(folder / "seen.npz") as given:
        seen = {name: torch.from_numpy(given[name]) for name in given.files}
    kind = json.loads((folder / "architecture.json").read_text())["network"]
    layers = (
        [nn.Flatten(), nn.Linear(784, 200), nn.ReLU(), nn.Linear(200, 200), nn.ReLU(), nn.Linear(200, 10)]
        if kind == "mlp"
        else [
            nn.Conv2d(1, 32, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(32, 64, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(3136, 512), nn.ReLU(), nn.Linear(512, 10),
        ]
    )  # fmt: skip
    model = nn.Sequential(*layers).eval()
    names = [name for name, _ in model.named_parameters()]
    weights = [seen[f"before.{name}"] for name in names]
    gradients = [seen[f"gradient.{name}"] for name in names]
    settings = breaching.get_attack_config("invertinggradients")
    settings.optim.max_iterations = iterations
    settings.optim.callback = iterations
    settings.restarts.num_trials = 1
    settings.regularization = None  # its total variation is written for three channels
    setup = {"device": torch.device("cpu"), "dtype": torch.float32}
    loss = nn.CrossEntropyLoss()
    attacker = breaching.attacks.prepare_attack(model, loss, settings, setup)
    about: Any = SimpleNamespace(
        modality="vision", shape=(1, 28, 28), classes=10, mean=[0.0], std=[1.0], task="classification"
    )
    payload = {"parameters": weights, "buffers": [], "metadata": about}
    shared = {
        "gradients": gradients,
        "buffers": None,
        "metadata": {
            "num_data_points": len(seen["labels"]),
            "labels": seen["labels"],
            "local_hyperparams": None,
            "data_key": "inputs",
        },
    }
    torch.manual_seed(0)
    started, worked = time.perf_counter(), time.process_time()
    made, _ = attacker.reconstruct([payload], [shared], {}, dryrun=False)
    seconds, busy = time.perf_counter() - started, time.process_time() - worked
    np.save(folder / "made.npy", made["data"].detach().clamp(0, 1).numpy())
    print(json.dumps({"seconds": seconds, "cpu_seconds": busy}))


if __name__ == "__main__":
    main()
