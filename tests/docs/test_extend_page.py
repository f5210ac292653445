"""The five differences on the page about adding something are applied to a copy of the project, and hold."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DIFFERENCES = re.findall(
    r"^## (.*?)$.*?^```diff\n(.*?)^```$",
    (ROOT / "docs" / "extend.md").read_text(encoding="utf-8"),
    re.MULTILINE | re.DOTALL,
)
NAMES = ("mimicry", "naive_bayes", "simon32_64", "ltsv", "nsl_kdd_21")
ROWS = (
    "tests/attacks/test_evasion_attacks.py",
    "tests/detection/test_families.py",
    "tests/ciphers/test_cipher.py",
    "tests/data/test_sources.py",
    "tests/data/test_catalogue.py",
)
"""The tests of what is added, in the order of the page."""


@pytest.mark.parametrize(("title", "difference"), DIFFERENCES, ids=[title for title, _ in DIFFERENCES])
def test_each_is_one_new_file_one_export_and_one_row_at_most(title: str, difference: str) -> None:
    files = re.findall(r"^\+\+\+ b/(.*)$", difference, re.MULTILINE)
    new = re.findall(r"^--- /dev/null\n\+\+\+ b/(.*)$", difference, re.MULTILINE)
    changed = [name for name in files if name not in new]
    assert len(new) == 1, title
    assert len([name for name in changed if name.startswith("src/")]) == 1, title
    assert len([name for name in changed if name.startswith("tests/")]) <= 1, title


def test_all_of_them_apply_and_their_rows_pass(tmp_path: Path) -> None:
    assert len(DIFFERENCES) == len(NAMES)
    for folder in ("src", "tests", "configs"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    subprocess.run(
        ["git", "apply"],
        cwd=tmp_path,
        input="".join(difference for _, difference in DIFFERENCES),
        text=True,
        check=True,
        env={**os.environ, "GIT_CEILING_DIRECTORIES": str(tmp_path.parent)},
    )
    wanted = " or ".join((*NAMES, "row_is_read", "has_a_row", "has_its_row", "in_the_table"))
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            *ROWS,
            "-v",
            "-k",
            wanted,
            "-p",
            "no:cacheprovider",
            "-p",
            "no:xdist",
        ],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-5000:]
    for name in NAMES:
        assert re.search(rf"\[.*{name}.*\] PASSED", done.stdout), name
