"""Training twice with one seed, in two processes, gives the same bytes for every family."""

import json
import subprocess
import sys

from garrison.detection import FAMILIES

PROGRAM = """
import hashlib, json, sys
import numpy as np
from garrison.detection import FAMILIES

rng = np.random.default_rng(7)
junk = [object() for _ in range(int(sys.argv[1]))]
X = np.hstack([rng.integers(-1, 2, (120, 4)), rng.normal(size=(120, 2))]).astype(float)
y = X[:, 0] + X[:, 4] > 0.2
quick = json.loads(sys.argv[2])
digests = {}
for name, family in FAMILIES.items():
    files = family.fit(X, y, params=quick[name], seed=11).files()
    digests[name] = {path: hashlib.sha256(content).hexdigest() for path, content in files.items()}
print(json.dumps(digests))
"""


def test_two_processes_give_the_same_bytes(quick: object) -> None:
    assert callable(quick)
    params = json.dumps({name: quick(name) for name in FAMILIES})
    runs = [
        subprocess.run(
            [sys.executable, "-c", PROGRAM, str(objects), params],
            env={"PYTHONHASHSEED": str(objects), "PATH": "/usr/bin:/bin"},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for objects in (1, 1000)
    ]
    first, second = (json.loads(run) for run in runs)
    assert set(first) == set(FAMILIES)
    assert first == second
