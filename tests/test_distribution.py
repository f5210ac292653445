"""The wheel and the source distribution: whole, without anything else, and at work in an environment of their own."""

import json
import os
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import venv
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pytest
from small_sites import write_sites

import garrison

ROOT = Path(__file__).parent.parent
pytestmark = pytest.mark.xdist_group("distribution")


@dataclass(frozen=True)
class Built:
    """What was built, by the tree that the tests are run from."""

    wheel: Path
    source: Path


def run(*command: str | Path, cwd: Path) -> str:
    """What a command prints, without this tree on its path."""
    hidden = ("PYTHON", "GARRISON_", "MLFLOW_", "COVERAGE_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def build(folder: Path, tree: Path, *what: str) -> None:
    run(sys.executable, "-m", "hatchling", "build", "--directory", folder, *what, cwd=tree)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("dist")
    build(folder, ROOT)
    (wheel,), (source,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    return Built(wheel, source)


@pytest.fixture(scope="module")
def installed(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel alone; what it depends on comes from the environment of the tests."""
    folder = tmp_path_factory.mktemp("clean") / "env"
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--python", python)
    run(*pip, "install", "--quiet", "--no-index", "--no-deps", built.wheel, cwd=folder)
    site = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder).strip()
    (Path(site) / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return folder


def names_in_wheel(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if ".dist-info/" not in name}


def names_in_source(source: Path) -> set[str]:
    with tarfile.open(source) as archive:
        members = archive.getmembers()
    assert all(each.isfile() for each in members), "no link and no device"
    top = source.name.removesuffix(".tar.gz")
    return {str(PurePosixPath(each.name).relative_to(top)) for each in members}


def files_below(*folders: str) -> set[str]:
    found = (path for folder in folders for path in (ROOT / folder).rglob("*") if path.is_file())
    return {path.relative_to(ROOT).as_posix() for path in found if "__pycache__" not in path.parts}


def test_the_wheel_holds_the_package_and_its_data_and_nothing_else(built: Built) -> None:
    package = {name.removeprefix("src/") for name in files_below("src/garrison")}
    assert names_in_wheel(built.wheel) == package | {f"garrison/{name}" for name in files_below("configs")}
    needed = {
        "garrison/py.typed",
        "garrison/ciphers/weights/m209/weights.safetensors",
        "garrison/assurance/report/page/page.html",
        "garrison/web/templates/base.html",
        "garrison/configs/phishing/features.json",
    }
    assert needed <= names_in_wheel(built.wheel)


def test_the_source_holds_what_the_project_says_and_nothing_else(built: Built) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = [name.strip("/") for name in project["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]]
    found = names_in_source(built.source) - {"PKG-INFO", "pyproject.toml", ".gitignore"}
    assert {name.partition("/")[0] for name in found} == {*wanted}
    strange = ("__pycache__", ".pyc", ".venv", ".git/", ".env", "secrets/", "sbom.json", ".part")
    assert [
        name for name in found if any(part in name for part in strange) and name != "deploy/env.example"
    ] == []
    if (ROOT / ".git").exists():
        listed = run("git", "ls-files", "--cached", "--others", "--exclude-standard", cwd=ROOT).split("\n")
        known = {name for name in listed if name.partition("/")[0] in wanted and (ROOT / name).is_file()}
        assert found == known


def test_the_source_builds_the_same_wheel(built: Built, tmp_path: Path) -> None:
    with tarfile.open(built.source) as archive:
        archive.extractall(tmp_path / "source", filter="data")
    (tree,) = (tmp_path / "source").iterdir()
    build(tmp_path / "again", tree, "--target", "wheel")
    (again,) = (tmp_path / "again").glob("*.whl")
    with zipfile.ZipFile(again) as one, zipfile.ZipFile(built.wheel) as other:
        assert {each.filename: each.CRC for each in one.infolist()} == {
            each.filename: each.CRC for each in other.infolist()
        }


def test_the_installed_command_tells_its_version(installed: Path, tmp_path: Path) -> None:
    assert (
        run(installed / "bin" / "garrison", "--version", cwd=tmp_path) == f"garrison {garrison.__version__}\n"
    )
    facts = "import garrison, importlib.metadata as m; print(garrison.__file__, m.version('garrison'))"
    place, version = run(installed / "bin" / "python", "-c", facts, cwd=tmp_path).split()
    assert Path(place).is_relative_to(installed)
    assert version == garrison.__version__


def test_the_installed_package_finds_its_weights_and_templates(installed: Path, tmp_path: Path) -> None:
    script = """
import json
from garrison.ciphers.networks.saved_network import SHIPPED
from garrison.data.configs import config_folder
from garrison.detection.integrity import read_sealed
from garrison.web.page import __file__ as page
from pathlib import Path
print(json.dumps({
    "weights": sorted(read_sealed(SHIPPED).files),
    "configs": sorted(path.name for path in config_folder("threats").iterdir()),
    "pages": len(list((Path(page).parent / "templates").glob("*.html"))),
}))
"""
    told = json.loads(run(installed / "bin" / "python", "-c", script, cwd=tmp_path))
    assert told["weights"] == ["weights.safetensors"]
    assert told["configs"] == sorted(path.name for path in (ROOT / "configs" / "threats").iterdir())
    assert told["pages"] == len(list((ROOT / "src" / "garrison" / "web" / "templates").glob("*.html")))


def test_the_installed_command_goes_from_a_file_to_a_report(installed: Path, tmp_path: Path) -> None:
    sites = write_sites(tmp_path)
    run(
        *(installed / "bin" / "garrison", "run", "phishing", "--data", sites),
        *("--set", "ingestion.features=small.json", "--set", "training.families=[logistic_regression]"),
        *("--set", "training.folds=2", "--set", "evaluation.repeats=50", "--set", "jobs=1"),
        *("--set", "tracking.enabled=false", "--name", "first"),
        cwd=tmp_path,
    )
    assert "<html" in (tmp_path / "runs" / "first" / "report.html").read_text(encoding="utf-8")
