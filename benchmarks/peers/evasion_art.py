"""The peer of ``benchmarks/evasion.py``: HopSkipJump and ZOO of the Adversarial Robustness Toolbox on one model.

Run by the Python of an environment that has it; prints JSON. Inputs are in standard deviations, and HopSkipJump may
change numbers only. ZOO is given its tabular settings: no resizing, and as many coordinates at once as there are.
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
    name, folder, epsilon, threshold = sys.argv[1], Path(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4])
    xgboost = importlib.import_module("xgboost")
    evasion = importlib.import_module("art.attacks.evasion")
    classification = importlib.import_module("art.estimators.classification")
    booster = xgboost.Booster({"nthread": 1})
    booster.load_model(str(folder / "model" / "model.json"))
    with np.load(folder / "rows.npz") as given:
        X, spread, numbers = given["X"], given["spread"], given["numbers"]
    asked = 0

    def predict(rows: Any) -> Any:
        nonlocal asked
        asked += len(rows)
        score = booster.inplace_predict(np.asarray(rows, dtype=np.float64) * spread)
        # The toolbox takes the larger of two columns: the threshold comes to stand at a half.
        share = np.clip(score / (2 * threshold), 0, 1) if threshold < 0.5 else score
        return np.column_stack([1 - share, share])

    Z = (X / spread).astype(np.float32)
    low, high = Z.min(axis=0) - epsilon, Z.max(axis=0) + epsilon
    model = classification.BlackBoxClassifier(predict, (Z.shape[1],), 2, clip_values=(low, high))
    options: dict[str, Any] = {}
    if name == "hop_skip_jump":
        attack = evasion.HopSkipJump(
            model, norm=np.inf, max_iter=50, max_eval=10_000, init_eval=100, verbose=False
        )
        options["mask"] = np.broadcast_to(numbers.astype(np.float32), Z.shape)
    else:
        attack = evasion.ZooAttack(
            model,
            max_iter=100,
            learning_rate=0.1,
            binary_search_steps=5,
            use_resize=False,
            use_importance=False,
            nb_parallel=Z.shape[1],
            variable_h=0.2,
            verbose=False,
        )
    np.random.seed(0)  # noqa: NPY002  (the toolbox draws from it)
    started, worked = time.perf_counter(), time.process_time()
    made = np.asarray(attack.generate(Z, **options), dtype=np.float64)
    seconds, busy = time.perf_counter() - started, time.process_time() - worked
    queries = asked
    passed = (
        predict(made)[:, 1] < 0.5 if threshold < 0.5 else booster.inplace_predict(made * spread) < threshold
    )
    cost = np.abs(made - Z).max(axis=1)
    print(
        json.dumps(
            {
                "success": float((passed & (cost <= epsilon * (1 + 1e-6))).mean()),
                "success_at_any_cost": float(passed.mean()),
                "median_cost": float(np.median(cost[passed])) if passed.any() else None,
                "queries": queries / len(Z),
                "seconds": seconds / len(Z),
                "cpu_seconds": busy / len(Z),
            }
        )
    )


if __name__ == "__main__":
    main()
