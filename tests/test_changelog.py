"""What changed for users is collected as `make changelog` does it: each fragment has a known kind, and none is lost."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.version import Version

import garrison

ROOT = Path(__file__).parent.parent
FRAGMENTS = sorted(path for path in (ROOT / "changelog.d").glob("*.md") if path.name != "README.md")
KINDS = set(
    tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["towncrier"]["fragment"]
)


@pytest.mark.parametrize("path", FRAGMENTS, ids=lambda path: path.stem)
def test_a_fragment_is_named_by_its_kind_and_says_something(path: Path) -> None:
    name, kind, _ = path.name.rsplit(".", 2)
    assert re.fullmatch(r"\d+|\+[a-z0-9][a-z0-9-]*", name), "an issue's number, or + and a short name"
    assert kind in KINDS
    assert path.read_text(encoding="utf-8").strip()


def test_all_fragments_come_into_the_changelog_and_the_next_ones_can_follow(tmp_path: Path) -> None:
    for name in ("pyproject.toml", "CHANGELOG.md"):
        shutil.copy(ROOT / name, tmp_path / name)
    shutil.copytree(ROOT / "changelog.d", tmp_path / "changelog.d")
    (tmp_path / "src").mkdir()
    kept = (tmp_path / "CHANGELOG.md").read_text(encoding="utf-8")

    def build(version: str) -> str:
        command = [
            sys.executable,
            "-m",
            "towncrier",
            "build",
            "--yes",
            "--version",
            version,
            "--date",
            "2026-01-02",
        ]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return (tmp_path / "CHANGELOG.md").read_text(encoding="utf-8")

    (tmp_path / "changelog.d" / "+one-more.added.md").write_text("One more.\n", encoding="utf-8")
    first = build("97.0.0")
    told = re.sub(r"\s+", " ", first)
    for path in FRAGMENTS:
        assert re.sub(r"\s+", " ", path.read_text(encoding="utf-8").strip()) in told
    assert [path.name for path in (tmp_path / "changelog.d").iterdir()] == ["README.md"]
    (tmp_path / "changelog.d" / "+next.fixed.md").write_text("The next one.\n", encoding="utf-8")
    second = build("98.0.0")
    headings = re.findall(r"^## (\S+) \(\d{4}-\d\d-\d\d\)$", second, re.MULTILINE)
    assert headings[:2] == ["98.0.0", "97.0.0"]
    assert second.count("One more.") == 1
    assert all(line in second for line in kept.splitlines())


def test_released_versions_stand_newest_first_and_none_is_of_the_future() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    released = [Version(each) for each in re.findall(r"^## (\S+) \(", text, re.MULTILINE)]
    assert released == sorted(released, reverse=True)
    assert all(each <= Version(garrison.__version__) for each in released)
