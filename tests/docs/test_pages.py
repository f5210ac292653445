"""Every command in the README and in docs/ runs, in order, in an empty folder.

One that ends in ``# minutes`` runs with ``make pages`` only; the others run at the size they have only there, and here
with fewer folds and bootstrap samples where a command does not say how many.
"""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from garrison.data.catalogue import datasets, fetch, locate
from garrison.data.catalogue.fetch import Patience
from garrison.errors import DatasetError

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TRACKED = ("README.md", "quickstart.md", "tracking.md")
"""The pages that show what is recorded of a run; elsewhere nothing is, which saves minutes."""
SMALLER = {"GARRISON__TRAINING__FOLDS": "2", "GARRISON__EVALUATION__REPEATS": "100"}
OTHER_SETTINGS = re.compile(r"^\$ garrison run (ciphers|federated)", re.MULTILINE)
"""Pipelines that have neither folds nor bootstrap samples, and refuse the settings of others."""
EXPECTED_EXIT = re.compile(r"\s+# exit (\d+)$")
LONG = re.compile(r"\s+# minutes$")


def commands(page: Path) -> list[tuple[str, int]]:
    """The lines that begin with a dollar, and the exit code each announces."""
    found = []
    for block in CONSOLE.findall(page.read_text(encoding="utf-8")):
        for line in block.splitlines():
            if line.startswith("$ ") and ("GARRISON_EVERY_COMMAND" in os.environ or not LONG.search(line)):
                code = EXPECTED_EXIT.search(line)
                found.append((EXPECTED_EXIT.sub("", line[2:]), int(code[1]) if code else 0))
    return found


NEEDED = re.compile(r"--data (\w+)")


def absent(page: Path) -> list[str]:
    """Why each data set that the page runs on cannot be had: it is not on this machine, and no mirror gives it."""
    reasons = []
    needed = {name for command, _ in commands(page) for name in NEEDED.findall(command)}
    for name in sorted(needed & {*datasets()}):
        if locate(name) is None:
            try:
                fetch(name, patience=Patience(connect_s=5, read_s=10, tries=1))
            except DatasetError as error:
                reasons.append(f"{name}: {error.what} ({error.where})")
    return reasons


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("page", [page for page in PAGES if commands(page)], ids=lambda page: page.name)
def test_commands_of_page_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GARRISON_CACHE", str(tmp_path / "cache"))
    if missing := absent(page):
        pytest.skip("; ".join(missing))
    environment = {
        **{
            name: value
            for name, value in os.environ.items()
            if name == "GARRISON_DATA" or not name.startswith(("GARRISON_", "MLFLOW_"))
        },
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "GARRISON_CACHE": str(tmp_path / "cache"),
        "BROWSER": "true",
    }
    if "GARRISON_EVERY_COMMAND" not in os.environ and not OTHER_SETTINGS.search(page.read_text("utf-8")):
        environment |= SMALLER
    if page.name not in TRACKED:
        environment["GARRISON__TRACKING__ENABLED"] = "false"
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "configs").symlink_to(ROOT / "configs")
    for command, expected in commands(page):
        done = subprocess.run(
            ["bash", "-euc", command],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        assert done.returncode == expected, f"{command}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr


def test_pages_show_commands() -> None:
    shown = {shlex.split(command)[0] for page in PAGES for command, _ in commands(page)}
    assert "garrison" in shown
