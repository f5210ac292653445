"""What `import garrison` gives: exactly the public names, each documented, and nothing heavy until one is asked for."""

import inspect
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import get_type_hints

import pytest

import garrison

PUBLIC = ["CyberDataProcessor", "ModelTrainer", "__version__"]
HEAVY = ["duckdb", "lightgbm", "mlflow", "numpy", "optuna", "pyarrow", "scipy", "sklearn", "xgboost"]
PROJECT = Path(__file__).parents[1] / "pyproject.toml"


def fresh(script: str) -> dict[str, list[str]]:
    """What a script prints as JSON in an interpreter of its own."""
    finished = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=120
    )
    assert finished.returncode == 0, finished.stderr
    found: dict[str, list[str]] = json.loads(finished.stdout)
    return found


def test_the_public_names_are_these() -> None:
    assert sorted(garrison.__all__) == PUBLIC
    assert dir(garrison) == PUBLIC
    scope: dict[str, object] = {}
    exec("from garrison import *", scope)
    assert {*scope} - {"__builtins__"} == {*PUBLIC}


@pytest.mark.parametrize("name", [name for name in PUBLIC if name != "__version__"])
def test_each_is_the_class_of_its_room_and_documented(name: str) -> None:
    public = getattr(garrison, name)
    assert inspect.isclass(public)
    assert public.__name__ == name
    assert public is getattr(sys.modules[public.__module__], name)
    assert public is getattr(garrison, name), "asked again, it is the same"
    assert public.__doc__
    assert ">>> " in public.__doc__, "with an example that is run"
    for method_name, method in inspect.getmembers(public, inspect.isfunction):
        if not method_name.startswith("_"):
            assert method.__doc__, f"{name}.{method_name}"
            assert "return" in get_type_hints(method), f"{name}.{method_name}"


@pytest.mark.parametrize("name", [name for name in PUBLIC if name != "__version__"])
def test_each_is_on_a_page(name: str) -> None:
    pages = "\n".join(path.read_text(encoding="utf-8") for path in (PROJECT.parent / "docs").rglob("*.md"))
    assert re.search(rf"from garrison import [^\n]*\b{name}\b", pages)


def test_the_version_is_that_of_the_project() -> None:
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))
    dynamic = "version" in project["project"].get("dynamic", [])
    assert re.fullmatch(r"\d+\.\d+\.\d+(\.dev\d+|rc\d+)?", garrison.__version__)
    assert dynamic or project["project"]["version"] == garrison.__version__


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'garrison' has no attribute 'ModelTrainor'"):
        garrison.ModelTrainor  # noqa: B018
    with pytest.raises(ImportError, match="cannot import name 'Detector'"):
        exec("from garrison import Detector")
    assert not hasattr(garrison, "__path_of_nothing__")


def test_importing_brings_nothing_heavy() -> None:
    loaded = fresh(
        "import garrison, json, sys; before = sorted(sys.modules)\n"
        "garrison.__version__; dir(garrison); after = sorted(sys.modules)\n"
        "print(json.dumps({'before': before, 'after': after}))"
    )
    assert {*HEAVY} & {*loaded["after"]} == set()
    own = [name for name in loaded["before"] if name.partition(".")[0] == "garrison"]
    assert own == ["garrison"], "no room of the house is entered"


@pytest.mark.parametrize(
    ("name", "home"),
    [
        ("CyberDataProcessor", "garrison.features.cyber"),
        ("ModelTrainer", "garrison.pipelines.trainer"),
    ],
)
def test_asking_for_a_name_enters_its_room(name: str, home: str) -> None:
    loaded = fresh(
        f"import json, sys; from garrison import {name}\nprint(json.dumps({{'loaded': sorted(sys.modules)}}))"
    )["loaded"]
    assert home in loaded
    assert "numpy" in loaded, "the look at sys.modules does find what is heavy"
    assert not {"matplotlib", "mlflow", "optuna", "pymongo"} & {*loaded}
