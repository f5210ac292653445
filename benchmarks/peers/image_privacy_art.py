"""The peer of ``model_inversion.py`` and ``membership.py``: attacks of the Adversarial Robustness Toolbox.

Run by the Python of an environment that has it; prints JSON. ``mi_face`` makes an image of each class, ``black_box``
and ``rule_based`` score records as members, all of the same network on the same data.
"""

import importlib
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np


def main() -> None:
    """Measure once and print."""
    attack, folder = sys.argv[1], Path(sys.argv[2])
    torch = importlib.import_module("torch")
    torch.set_num_threads(1)
    nn = torch.nn
    estimators = importlib.import_module("art.estimators.classification")
    layers = {
        "mlp": lambda: [
            nn.Flatten(), nn.Linear(784, 200), nn.ReLU(), nn.Linear(200, 200), nn.ReLU(), nn.Linear(200, 10),
        ],
        "cnn": lambda: [
            nn.Conv2d(1, 32, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(32, 64, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(3136, 512), nn.ReLU(), nn.Linear(512, 10),
        ],
    }  # fmt: skip
    with np.load(folder / "given.npz") as given:
        held = {name: given[name] for name in given.files}
    model = nn.Sequential(*layers[str(held["network"])]())
    model.load_state_dict({name: torch.from_numpy(held[f"w.{name}"]) for name in model.state_dict()})
    if attack == "mi_face":  # its threshold is one of probabilities
        model = nn.Sequential(model, nn.Softmax(dim=1))
    victim = estimators.PyTorchClassifier(
        model.eval(), nn.CrossEntropyLoss(), input_shape=(1, 28, 28), nb_classes=10, clip_values=(0.0, 1.0)
    )
    started, worked = time.perf_counter(), time.process_time()
    made = inverted(victim) if attack == "mi_face" else members(victim, attack, held)
    seconds, busy = time.perf_counter() - started, time.process_time() - worked
    np.save(folder / "made.npy", made)
    print(json.dumps({"seconds": seconds, "cpu_seconds": busy}))


def inverted(victim: Any) -> Any:
    """An image of each class, from an empty one, with the toolbox's own budget but for the softmax, which is ours."""
    face = importlib.import_module("art.attacks.inference.model_inversion.mi_face").MIFace
    attack = face(
        victim,
        max_iter=10_000,
        window_length=100,
        threshold=0.99,
        learning_rate=0.1,
        batch_size=1,
        verbose=False,
    )
    return attack.infer(np.zeros((10, 1, 28, 28), dtype=np.float32), np.arange(10))


def members(victim: Any, attack: str, held: dict[str, Any]) -> Any:
    """The score of each record; ``black_box`` learns from those that are ``known`` to be members or not."""
    inference = importlib.import_module("art.attacks.inference.membership_inference")
    if attack == "rule_based":
        return (
            inference.MembershipInferenceBlackBoxRuleBased(victim)
            .infer(held["x"], held["y"])
            .astype(np.float64)
        )
    found = inference.MembershipInferenceBlackBox(victim, attack_model_type="rf")
    known, member = held["known"], held["member"]
    inside, outside = known & member, known & ~member
    found.fit(held["x"][inside], held["y"][inside], held["x"][outside], held["y"][outside])
    return np.asarray(found.infer(held["x"], held["y"], probabilities=True), dtype=np.float64).reshape(
        len(member), -1
    )[:, -1]


if __name__ == "__main__":
    main()
