"""The README's example in Python runs as it stands."""

import os
import re
import subprocess
import sys
from pathlib import Path

README = Path(__file__).parents[2] / "README.md"


def test_the_example_of_the_readme_runs(tmp_path: Path) -> None:
    (example,) = re.findall(
        r"^```python\n(.*?)^```$", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    quick = {
        "GARRISON__JOBS": "1",
        "GARRISON__TRACKING__ENABLED": "false",
        "GARRISON__TRAINING__FOLDS": "2",
        "GARRISON__TRAINING__HELD_OUT_ATTACKS": "false",
        "GARRISON__EVALUATION__REPEATS": "50",
        "GARRISON__TRAINING__PARAMS": "{xgboost: {trees: 30}}",
    }
    done = subprocess.run(
        [sys.executable, "-c", example],
        cwd=tmp_path,
        env={**os.environ, **quick},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"\[ ?[01]\.\S* +[01]\.\S* *\] \[ ?(True|False) +(True|False)\]\n", done.stdout), (
        done.stdout
    )
