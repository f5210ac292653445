"""A pickle in place of any file that is loaded is refused, and what it would have done does not happen.

Each attack is as good as an attacker can make it: digests and manifest are written anew, so that only the reader of
the file itself stands between the pickle and its execution.
"""

import ast
import gzip
import io
import json
import pickle
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from garrison.data.features_file import read_features_file
from garrison.detection import FAMILIES, Detector, load_detector, load_model, save_detector
from garrison.detection.integrity import DIGEST, MANIFEST, write_sealed
from garrison.errors import GarrisonError
from garrison.pipelines.phishing import settings_for
from garrison.registry import LocalRegistry, find_model

SOURCE = Path(__file__).parents[2] / "src" / "garrison"


class Bomb:
    """Unpickling it writes a file: the harmless stand-in for any program."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.write_text, (self.mark, "executed")


@pytest.fixture
def mark(tmp_path: Path) -> Path:
    """The file that is there only if something was executed."""
    return tmp_path / "mark"


def disguises(mark: Path, original: bytes) -> Iterator[tuple[str, bytes]]:
    """The pickle bare, packed, as an array of objects, and in every member of the file it replaces."""
    bomb = Bomb(mark)
    for protocol in (0, pickle.HIGHEST_PROTOCOL):
        yield f"protocol {protocol}", pickle.dumps(bomb, protocol=protocol)
    yield "gzip", gzip.compress(pickle.dumps(bomb))
    array = io.BytesIO()
    np.save(array, np.array([bomb], dtype=object), allow_pickle=True)
    yield "npy", array.getvalue()
    if zipfile.is_zipfile(io.BytesIO(original)):
        with zipfile.ZipFile(io.BytesIO(original)) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        for name in members:
            for kind, content in (("npy", array.getvalue()), ("bare", pickle.dumps(bomb))):
                packed = io.BytesIO()
                with zipfile.ZipFile(packed, "w") as archive:
                    for each, kept in members.items():
                        archive.writestr(each, content if each == name else kept)
                yield f"{kind} as {name}", packed.getvalue()


def test_the_bomb_goes_off_where_pickles_are_loaded(mark: Path) -> None:
    """Without this the other tests could not fail."""
    for _, content in disguises(mark, b""):
        if content[:2] in {b"\x1f\x8b", b"\x93N"}:
            continue
        mark.unlink(missing_ok=True)
        pickle.loads(content)
        assert mark.exists()
    mark.unlink()
    array = io.BytesIO()
    np.save(array, np.array([Bomb(mark)], dtype=object), allow_pickle=True)
    array.seek(0)
    np.load(array, allow_pickle=True)
    assert mark.exists()


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_no_family_loads_a_pickle(
    family: str, data: Any, quick: Callable[[str], dict[str, Any]], tmp_path: Path, mark: Path
) -> None:
    params = FAMILIES[family].complete(quick(family))
    files = FAMILIES[family].fit(data.X, data.y, params=params, seed=0).files()
    assert files
    for name, original in files.items():
        for kind, content in disguises(mark, original):
            with pytest.raises(GarrisonError):
                FAMILIES[family].model.from_files({**files, name: content})
            assert not mark.exists(), f"{family}: {name} as {kind}"
            folder = tmp_path / "model"
            folder.mkdir(exist_ok=True)
            for each, kept in {**files, name: content}.items():
                (folder / each).parent.mkdir(parents=True, exist_ok=True)
                (folder / each).write_bytes(kept)
            with pytest.raises(GarrisonError):
                load_model(family, folder)
            assert not mark.exists(), f"{family}: {name} as {kind}, from a folder"


def test_no_file_of_a_saved_detector_is_unpickled(detector: Detector, tmp_path: Path, mark: Path) -> None:
    """Processor, schema and model, in a folder sealed anew."""
    folder = tmp_path / "detector"
    save_detector(detector, folder)
    manifest = json.loads((folder / MANIFEST).read_text())
    files = {name: (folder / name).read_bytes() for name in manifest.pop("files")}
    assert {"processor.json", "schema.json"} < set(files)
    for name, original in files.items():
        for kind, content in disguises(mark, original):
            write_sealed(folder, {**files, name: content}, manifest)
            with pytest.raises(GarrisonError):
                load_detector(folder)
            assert not mark.exists(), f"{name} as {kind}"


def test_no_manifest_is_unpickled(saved: Path, mark: Path) -> None:
    import hashlib

    for kind, content in disguises(mark, b""):
        (saved / MANIFEST).write_bytes(content)
        (saved / DIGEST).write_text(f"{hashlib.sha256(content).hexdigest()}  {MANIFEST}\n")
        with pytest.raises(GarrisonError):
            load_detector(saved)
        assert not mark.exists(), kind


def test_no_file_of_the_registry_is_unpickled(saved: Path, tmp_path: Path, mark: Path) -> None:
    registry = LocalRegistry(tmp_path / "models")
    version = registry.push(saved, "sites", stage="production")
    for path in (version.path / "record.json", version.path.parent / "CURRENT"):
        original = path.read_bytes()
        for kind, content in disguises(mark, b""):
            path.write_bytes(content)
            with pytest.raises(GarrisonError):
                find_model("sites", root=registry.root)
            assert not mark.exists(), f"{path.name} as {kind}"
        path.write_bytes(original)
    assert find_model("sites", root=registry.root).is_dir()


@pytest.mark.parametrize(
    "text",
    [
        "seed: !!python/object/apply:pathlib.Path.write_text [!!python/object/apply:pathlib.Path ['MARK'], x]",
        "!!python/object/apply:os.system ['touch MARK']",
        "seed: !!python/object/new:os.system ['touch MARK']",
        "seed: !!python/name:os.system",
        "seed: !!binary gASVCgAAAAAAAACMBnBvc2l4lIwGc3lzdGVtlJOU",
    ],
)
def test_no_setting_makes_an_object(text: str, tmp_path: Path, mark: Path) -> None:
    """Tags that build Python objects, in a settings file and in an override."""
    text = text.replace("MARK", str(mark))
    file = tmp_path / "settings.yml"
    file.write_text(text)
    with pytest.raises(GarrisonError):
        settings_for(file)
    with pytest.raises(GarrisonError):
        settings_for(None, overrides=[text.replace("seed: ", "seed=") if "seed" in text else f"seed={text}"])
    assert not mark.exists()


def test_no_settings_or_features_file_is_unpickled(tmp_path: Path, mark: Path) -> None:
    for kind, content in disguises(mark, b""):
        for name, read in (("settings.yml", settings_for), ("features.json", read_features_file)):
            (tmp_path / name).write_bytes(content)
            with pytest.raises(GarrisonError):
                read(tmp_path / name)
            assert not mark.exists(), f"{name} as {kind}"


def test_nothing_in_the_source_can_unpickle() -> None:
    """No module imports a library that loads pickles, loads arrays of objects, or YAML with objects in it."""
    faults = []
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            where = f"{path.relative_to(SOURCE)}:{getattr(node, 'lineno', 0)}"
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = [alias.name for alias in node.names] + [getattr(node, "module", "") or ""]
                if {"pickle", "cloudpickle", "dill", "marshal", "shelve", "_pickle"} & set(names):
                    faults.append(where)
            if isinstance(node, ast.keyword) and node.arg == "allow_pickle":
                never = isinstance(node.value, ast.Constant) and node.value.value is False
                faults += [] if never else [where]
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                called = f"{node.value.id}.{node.attr}"
                if called in {"yaml.load", "yaml.full_load", "yaml.unsafe_load", "joblib.load", "torch.load"}:
                    faults.append(where)
    assert faults == []
