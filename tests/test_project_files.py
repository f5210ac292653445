"""The project's own files agree with each other: pins with dependencies, the site's pages with its navigation."""

import re
import tomllib
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).parent.parent


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pins() -> dict[str, str]:
    lines = (line.partition("#")[0].strip() for line in (ROOT / "constraints.txt").read_text().splitlines())
    pairs = (line.split("==") for line in lines if line)
    return {canonical(name): version for name, version in pairs}


def wanted() -> list[str]:
    described = project()
    groups = [*described["project"].get("optional-dependencies", {}).values()]
    groups += [*described.get("dependency-groups", {}).values()]
    return [*described["project"]["dependencies"], *(text for group in groups for text in group)]


@pytest.mark.parametrize("text", wanted())
def test_every_dependency_is_pinned_within_its_range(text: str) -> None:
    need = Requirement(text)
    pinned = pins()
    assert canonical(need.name) in pinned, f"add {need.name} to constraints.txt"
    assert need.specifier.contains(Version(pinned[canonical(need.name)]), prereleases=True)


HASHED = re.compile(
    r"([A-Za-z0-9._-]+)==([^ ;\\]+)( ; [^\\\n]+)?((?: \\\n    --hash=sha256:[0-9a-f]{64})+)\n"
)


def hashed(name: str) -> dict[str, str]:
    """What a file of ``requirements/`` pins; every line of it is a pin with hashes, or a comment."""
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
    assert all(line.startswith("#") for line in HASHED.sub("", text).splitlines())
    return {canonical(found[1]): found[2] for found in HASHED.finditer(text)}


@pytest.mark.parametrize("name", ["core.txt", "build.txt"])
def test_what_is_hashed_is_what_is_pinned(name: str) -> None:
    pinned = pins()
    found = hashed(name)
    assert found == {each: pinned.get(each) for each in found}, "run `make pins`"


def test_every_dependency_of_the_core_is_hashed() -> None:
    def needs(name: str) -> list[str]:
        try:
            return requires(name) or []
        except PackageNotFoundError:
            return []

    waiting = [*project()["project"]["dependencies"]]
    seen: set[str] = set()
    while waiting:
        need = Requirement(waiting.pop())
        extras = ["", *need.extras]
        if need.marker is not None and not any(need.marker.evaluate({"extra": extra}) for extra in extras):
            continue
        if (key := str((canonical(need.name), sorted(need.extras)))) not in seen:
            seen.add(key)
            assert canonical(need.name) in hashed("core.txt"), f"run `make pins`: {need} has no hash"
            waiting += [
                text
                for text in needs(need.name)
                if (each := Requirement(text)).marker is None
                or any(each.marker.evaluate({"extra": extra}) for extra in extras)
            ]
    assert len(seen) > 50
    builder = project()["build-system"]["requires"]
    assert {canonical(Requirement(text).name) for text in builder} <= {*hashed("build.txt")}


def test_the_extras_are_pinned_to_the_agreed_torch_and_the_core_to_the_lean_xgboost() -> None:
    assert pins()["torch"] == "2.13.0"
    assert "xgboost" not in pins()
    assert "garrison" not in pins()


def test_the_navigation_names_every_page_once_and_no_other() -> None:
    site = tomllib.loads((ROOT / "zensical.toml").read_text(encoding="utf-8"))["project"]
    named = [page for entry in site["nav"] for page in entry.values()]
    there = [path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")]
    assert sorted(named) == sorted(there)


def test_continuous_integration_runs_what_a_developer_runs() -> None:
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111
    assert "run: .ci/run" in (ROOT / ".github" / "workflows" / "ci.yml").read_text()
