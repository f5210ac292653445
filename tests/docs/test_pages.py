"""Every command and every example in Python of the README and of docs/ runs, in order, in an empty folder.

One that ends in ``# minutes`` runs with ``make pages`` only; the others run at the size they have only there, and here
with fewer folds and bootstrap samples where a command does not say how many.
"""

import contextlib
import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from page_session import PageSession

from garrison.data.catalogue import datasets, fetch, locate
from garrison.data.catalogue.fetch import Patience
from garrison.errors import DatasetError

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(console|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TRACKED = ("README.md", "quickstart.md", "tracking.md")
"""The pages that show what is recorded of a run; elsewhere nothing is, which saves minutes."""
SMALLER = {"GARRISON__TRAINING__FOLDS": "2", "GARRISON__EVALUATION__REPEATS": "100"}
OTHER_SETTINGS = re.compile(r"^\$ garrison run (ciphers|federated)", re.MULTILINE)
"""Pipelines that have neither folds nor bootstrap samples, and refuse the settings of others."""
EXPECTED_EXIT = re.compile(r"\s+# exit (\d+)$")
LONG = re.compile(r"\s+# minutes$", re.MULTILINE)
OWN_TEST = ("README.md", "image_privacy.md")
"""Pages whose examples in Python have a test that looks at what they print."""


@dataclass(frozen=True)
class Command:
    """A line that begins with a dollar, and the exit code it announces."""

    text: str
    code: int


@dataclass(frozen=True)
class Example:
    """A block of Python."""

    text: str


def steps(page: Path) -> list[Command | Example]:
    """What of the page is run here, in order."""
    found: list[Command | Example] = []
    for kind, block in BLOCK.findall(page.read_text(encoding="utf-8")):
        if kind == "python":
            if page.name not in OWN_TEST and is_run(block):
                found.append(Example(block))
            continue
        for line in block.splitlines():
            if line.startswith("$ ") and is_run(line):
                code = EXPECTED_EXIT.search(line)
                found.append(Command(EXPECTED_EXIT.sub("", line[2:]), int(code[1]) if code else 0))
    return found


def is_run(text: str) -> bool:
    """Whether it takes no minutes, or these are given."""
    return "GARRISON_EVERY_COMMAND" in os.environ or not LONG.search(text)


NEEDED = re.compile(r"--data (\w+)")


def absent(page: Path) -> list[str]:
    """Why each data set that the page runs on cannot be had: it is not on this machine, and no mirror gives it."""
    reasons = []
    needed = {name for step in steps(page) for name in NEEDED.findall(step.text)}
    for name in sorted(needed & {*datasets()}):
        if locate(name) is None:
            try:
                fetch(name, patience=Patience(connect_s=5, read_s=10, tries=1))
            except DatasetError as error:
                reasons.append(f"{name}: {error.what} ({error.where})")
    return reasons


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("page", [page for page in PAGES if steps(page)], ids=lambda page: page.name)
def test_what_a_page_shows_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GARRISON_CACHE", str(tmp_path / "cache"))
    if missing := absent(page):
        pytest.skip("; ".join(missing))
    environment = environment_of(page, tmp_path)
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "configs").symlink_to(ROOT / "configs")
    with contextlib.closing(PageSession(folder, environment)) as session:
        for step in steps(page):
            if isinstance(step, Example):
                session.run(step.text)
            else:
                run(step, folder, environment)


def environment_of(page: Path, place: Path) -> dict[str, str]:
    """The environment variables of a newcomer, and smaller sizes where this is not ``make pages``."""
    found = {
        **{
            name: value
            for name, value in os.environ.items()
            if name == "GARRISON_DATA" or not name.startswith(("GARRISON_", "MLFLOW_"))
        },
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "GARRISON_CACHE": str(place / "cache"),
        "BROWSER": "true",
    }
    if "GARRISON_EVERY_COMMAND" not in os.environ and not OTHER_SETTINGS.search(page.read_text("utf-8")):
        found |= SMALLER
    if page.name not in TRACKED:
        found["GARRISON__TRACKING__ENABLED"] = "false"
    return found


def run(command: Command, folder: Path, environment: dict[str, str]) -> None:
    """Run the command; it has to end as it announces."""
    done = subprocess.run(
        ["bash", "-euc", command.text],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == command.code, f"{command.text}\n{done.stdout}\n{done.stderr}"
    assert "Traceback" not in done.stderr


def test_pages_show_commands() -> None:
    found = [step for page in PAGES for step in steps(page)]
    assert "garrison" in {shlex.split(step.text)[0] for step in found if isinstance(step, Command)}
    assert any(isinstance(step, Example) for step in found)
