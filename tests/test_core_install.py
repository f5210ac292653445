"""The core does without the extras, and importing Garrison is quick because it brings nothing heavy along."""

import importlib.util
import json
import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, packages_distributions, requires

import pytest
from packaging.requirements import Requirement

NEVER_IN_THE_CORE = {"torch", "flwr", "tenseal", "pandas", "polars", "flask", "gunicorn", "tensorflow"}

BUILT_ON_TORCH = {
    "garrison.ciphers.networks.decoder",
    "garrison.ciphers.networks.kept_training",
    "garrison.ciphers.networks.training",
}
"""Modules that are networks through and through: whoever imports them asks for PyTorch first."""

IMPORT_EVERYTHING = """
import importlib, json, pkgutil, sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in refused:
            raise ModuleNotFoundError(f"{name} is not in the core", name=name)

given = json.loads(sys.stdin.read())
refused, lacking = set(given["refused"]), set(given["on_torch"])
sys.meta_path.insert(0, Refuse())
try:
    importlib.import_module("pandas")
except ModuleNotFoundError:
    pass
else:
    sys.exit("the import hook refuses nothing")

import garrison
names = [m.name for m in pkgutil.walk_packages(garrison.__path__, "garrison.") if "__main__" not in m.name]
for name in names:
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != "torch" or name not in lacking:
            raise
        lacking.discard(name)
if lacking:
    sys.exit(f"these do without PyTorch after all: {lacking}")
print(len(names))
"""


def run_python(script: str, given: str = "") -> str:
    finished = subprocess.run(
        [sys.executable, "-c", script], input=given, capture_output=True, text=True, check=False, timeout=240
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def core_distributions() -> set[str]:
    """Everything that `pip install garrison` brings along, by following the metadata of what is installed."""
    found: set[str] = set()
    waiting = [(canonical("garrison"), "")]
    while waiting:
        name, extra = waiting.pop()
        if (key := f"{name}[{extra}]") in found:
            continue
        found |= {key, name}
        try:
            needs = [Requirement(text) for text in requires(name) or ()]
        except PackageNotFoundError:
            continue
        for need in needs:
            if need.marker is None or need.marker.evaluate({"extra": extra}):
                waiting += [(canonical(need.name), wanted) for wanted in ("", *need.extras)]
    return found


def modules_outside_the_core() -> set[str]:
    core = core_distributions()
    return {
        module
        for module, distributions in packages_distributions().items()
        if not any(canonical(distribution) in core for distribution in distributions)
    } | NEVER_IN_THE_CORE


def test_what_counts_as_outside_the_core() -> None:
    outside = modules_outside_the_core()
    assert {"pytest", "moto", "torch", "hypothesis"} <= outside
    assert not {"garrison", "numpy", "sklearn", "mlflow", "pyarrow", "xgboost"} & outside


def test_every_module_imports_with_the_core_alone() -> None:
    given = {"refused": sorted(modules_outside_the_core()), "on_torch": sorted(BUILT_ON_TORCH)}
    count = run_python(IMPORT_EVERYTHING, json.dumps(given))
    assert int(count) > 20


HEAVY = [
    "sklearn",
    "scipy",
    "mlflow",
    "matplotlib",
    "pymongo",
    "lightgbm",
    "xgboost",
    "optuna",
    "duckdb",
    "pyarrow",
]


@pytest.mark.parametrize("module", ["garrison", "garrison.errors", "garrison.cli"])
def test_a_plain_import_brings_nothing_heavy(module: str) -> None:
    assert all(importlib.util.find_spec(name) for name in HEAVY)
    loaded = run_python(f"import {module}, sys, json; print(json.dumps(sorted(sys.modules)))")
    assert sorted(set(HEAVY) & set(json.loads(loaded))) == []
