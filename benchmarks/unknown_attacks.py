"""How well does a threshold placed on attacks held out of training do on attacks that nobody had seen?

    python benchmarks/unknown_attacks.py --seeds 5

Runs ``garrison run threats --data nsl_kdd --config unknown_attacks.yml`` once a seed, each with the whole of KDDTrain+
to learn from, and prints what KDDTest+ and KDDTest-21 say: the mean and the spread (standard deviation) over the seeds,
as a table and as JSON. The test parts choose nothing. A seed takes some ten minutes on two cores; a benchmark that was
broken off goes on with the same command, as runs do.
"""

import argparse
import json
import statistics
from pathlib import Path
from typing import Any

from garrison.pipelines.threats import resume_threats, run_threats, settings_for

SHOWN = ("accuracy", "precision", "recall", "f1", "auc", "false_positive_rate")
CONFIG = Path("unknown_attacks.yml")


def measures_of(seed: int, workspace: Path, overrides: list[str]) -> dict[str, dict[str, float]]:
    """The measures of each test part in the run of one seed, which is made, or gone on with."""
    name = f"nsl-kdd-seed-{seed}"
    folder = workspace / "runs" / name
    if folder.is_dir():
        outcome = resume_threats(name, workspace=workspace, overrides=overrides, until="evaluation")
    else:
        loaded = settings_for(
            CONFIG,
            overrides=["ingestion.data=nsl_kdd", f"seed={seed}", "tracking.enabled=false", *overrides],
        )
        outcome = run_threats(loaded, workspace=workspace, name=name, until="evaluation")
    kept = json.loads((outcome.folder / "stages" / "evaluation" / "artifact.json").read_text("utf-8"))
    found: dict[str, Any] = kept["artifact"]
    return {"KDDTest+": found["measures"], **found["further"]}


def main() -> None:
    """Run each seed and print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--workspace", type=Path, default=Path("benchmarks/results/unknown_attacks"))
    parser.add_argument("--set", action="append", default=[], dest="overrides", metavar="KEY=VALUE")
    options = parser.parse_args()
    found = [measures_of(seed, options.workspace, options.overrides) for seed in range(options.seeds)]
    print(f"{'test part':<12} {'measure':<20} {'mean':>7} {'spread':>7}  each seed")
    result: dict[str, dict[str, dict[str, Any]]] = {}
    for part in found[0]:
        for name in SHOWN:
            values = [one[part][name] for one in found]
            spread = statistics.stdev(values) if len(values) > 1 else 0.0
            each = " ".join(f"{value:.4f}" for value in values)
            print(f"{part:<12} {name:<20} {statistics.mean(values):7.4f} {spread:7.4f}  {each}")
            result.setdefault(part, {})[name] = {
                "mean": statistics.mean(values),
                "spread": spread,
                "values": values,
            }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
