"""How long does a whole phishing run take, and how long the same models in plain scikit-learn?

Ours: ``garrison run phishing`` with the default settings, from CSV to production model and report, in a process of
its own. The peer: a script as one would write it with pandas and scikit-learn, which cross-validates the same
families with the same parameters over as many grouped folds, fits the best, scores the test part, and does no more.

Run: ``python benchmarks/phishing_run.py [--repeats 3]``
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from garrison.data.catalogue import fetch

PEER = Path(__file__).parent / "peers" / "phishing_scikit_learn.py"


def seconds_of(command: list[str]) -> float:
    """Wall-clock seconds of a command that must succeed."""
    started = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr}")
    return time.perf_counter() - started


def main() -> None:
    """Time both in turn and print every figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--data", type=Path, default=None, help="phisingData.csv; default: where it is found")
    options = parser.parse_args()
    garrison, data = (
        str(Path(sys.executable).with_name("garrison")),
        options.data or fetch("phishing_websites"),
    )
    ours, peers = [], []
    for _ in range(options.repeats):
        workspace = tempfile.mkdtemp(prefix="garrison-bench-")
        ours.append(seconds_of([garrison, "run", "phishing", "--data", str(data), "--workspace", workspace]))
        shutil.rmtree(workspace)
        peers.append(seconds_of([sys.executable, str(PEER), str(data)]))
        print(json.dumps({"garrison_s": round(ours[-1], 1), "scikit_learn_s": round(peers[-1], 1)}))
    middle = options.repeats // 2
    print(
        json.dumps(
            {
                "median": {
                    "garrison_s": round(sorted(ours)[middle], 1),
                    "scikit_learn_s": round(sorted(peers)[middle], 1),
                }
            }
        )
    )


if __name__ == "__main__":
    main()
