"""What a person may call a model, and what is said when there is none of that name."""

from collections.abc import Callable
from pathlib import Path

import pytest

from garrison.errors import IntegrityError, RegistryError
from garrison.registry import LocalRegistry, find_model, resolve_model

MakeDetector = Callable[..., Path]


@pytest.fixture
def registry(tmp_path: Path, make_detector: MakeDetector) -> LocalRegistry:
    """Version 1 in production, version 2 experimental."""
    registry = LocalRegistry(tmp_path / "models")
    registry.push(make_detector("one"), "threats")
    registry.promote("threats", 1)
    registry.push(make_detector("two"), "threats")
    return registry


@pytest.mark.parametrize(
    ("text", "stage", "version"),
    [
        ("threats", "production", 1),
        ("production/threats", "production", 1),
        ("experimental/threats", "experimental", 2),
        ("threats@1", "production", 1),
        ("threats@2", "experimental", 2),
        ("experimental/threats@1", "experimental", 1),
        ("production/threats@1", "production", 1),
    ],
)
def test_a_name_leads_to_its_version(registry: LocalRegistry, text: str, stage: str, version: int) -> None:
    found = resolve_model(text, root=registry.root)
    assert (found.name, found.stage, found.version) == ("threats", stage, version)
    assert found.folder == registry.root / stage / "threats" / str(version) / "detector"
    assert str(found) == f"{stage}/threats@{version}"
    assert find_model(text, root=registry.root) == found.folder


def test_a_folder_is_a_model_too_and_knows_its_number_in_the_registry(
    registry: LocalRegistry, make_detector: MakeDetector
) -> None:
    detector = make_detector("three")
    found = resolve_model(str(detector), root=registry.root)
    assert (found.folder, found.version, str(found)) == (detector, None, str(detector))
    for text in ("production/threats/1", "production/threats/1/detector"):
        found = resolve_model(str(registry.root / text), root=registry.root)
        assert str(found) == "production/threats@1"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("threat", r"no model 'threat'[\s\S]*did you mean threats\?"),
        ("zebra", r"no model 'zebra'[\s\S]*one of: threats[\s\S]*garrison models list"),
        ("threats@7", r"no version 7\n[\s\S]*experimental: 1, 2; production: 1"),
        ("production/threats@2", r"no version 2 in production[\s\S]*write threats@2"),
        ("staging/threats", r"not the name of a model[\s\S]*production/NAME"),
        ("threats@x", r"not the name of a model"),
        ("", r"not the name of a model"),
        ("a\0b", r"not the name of a model"),
        ("./nowhere", r"no such folder"),
        ("s3://bucket/threats", r"somewhere else[\s\S]*garrison models fetch"),
    ],
)
def test_a_name_that_leads_nowhere_says_what_there_is(registry: LocalRegistry, text: str, said: str) -> None:
    with pytest.raises(RegistryError, match=said):
        find_model(text, root=registry.root)


def test_a_model_that_was_never_promoted_says_how_to_name_it(
    registry: LocalRegistry, make_detector: MakeDetector
) -> None:
    registry.push(make_detector("three"), "urls")
    with pytest.raises(RegistryError, match=r"no version in production[\s\S]*write urls@1, or promote it"):
        find_model("urls", root=registry.root)
    with pytest.raises(RegistryError, match="there is none yet"):
        find_model("urls", root=registry.root / "elsewhere")


def test_a_folder_without_a_detector_says_so(registry: LocalRegistry, tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match="no detector is saved in this folder"):
        find_model(str(tmp_path), root=registry.root)


def test_what_is_both_a_folder_and_a_name_is_refused(
    registry: LocalRegistry, make_detector: MakeDetector, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    make_detector("three").rename(tmp_path / "threats")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RegistryError, match=r"both a folder here and[\s\S]*\./threats[\s\S]*threats@1"):
        find_model("threats", root=registry.root)
    assert find_model("./threats", root=registry.root) == Path("threats")
    assert find_model("threats@1", root=registry.root).parent.name == "1"


def test_a_changed_byte_is_found_however_the_model_is_named(registry: LocalRegistry) -> None:
    (registry.root / "production" / "threats" / "1" / "detector" / "processor.json").write_text("{}")
    for text in ("threats", "threats@1", str(registry.root / "production" / "threats" / "1")):
        with pytest.raises(IntegrityError, match=r"processor\.json"):
            find_model(text, root=registry.root)
