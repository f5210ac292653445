"""Versions, stages, promotion, rollback, records and refusals of the local registry."""

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from garrison.errors import IntegrityError, OutputError, RegistryError
from garrison.registry import LocalRegistry
from garrison.registry.version import checked_name

MakeDetector = Callable[..., Path]


@pytest.fixture
def registry(tmp_path: Path) -> LocalRegistry:
    return LocalRegistry(tmp_path / "models", wait_s=5)


def test_the_first_push_is_version_one_and_current(
    registry: LocalRegistry, make_detector: MakeDetector
) -> None:
    version = registry.push(make_detector(), "phishing")
    assert (version.name, version.version, version.stage) == ("phishing", 1, "experimental")
    assert version.path == registry.root / "experimental" / "phishing" / "1"
    assert registry.current("phishing", "experimental") == version
    assert registry.current("phishing") is None


def test_the_copy_has_the_same_bytes_and_needs_no_original(
    registry: LocalRegistry, make_detector: MakeDetector
) -> None:
    original = make_detector()
    before = {path.name: path.read_bytes() for path in original.rglob("*") if path.is_file()}
    registry.push(original, "phishing")
    shutil.rmtree(original)
    loaded = registry.load("phishing", "experimental")
    assert {path.name: path.read_bytes() for path in loaded.rglob("*") if path.is_file()} == before


def test_numbers_run_on_across_stages_and_names_do_not_share_them(
    registry: LocalRegistry, make_detector: MakeDetector
) -> None:
    first = registry.push(make_detector("one"), "phishing")
    second = registry.push(make_detector("two"), "phishing", stage="production")
    third = registry.push(make_detector("three"), "phishing")
    other = registry.push(make_detector("four"), "urls")
    assert [v.version for v in (first, second, third, other)] == [1, 2, 3, 1]
    assert registry.names("experimental") == ("phishing", "urls")
    assert registry.names("production") == ("phishing",)


def test_ten_versions_are_ordered_as_numbers(registry: LocalRegistry, make_detector: MakeDetector) -> None:
    detector = make_detector()
    for _ in range(11):
        registry.push(detector, "phishing")
    assert [v.version for v in registry.versions("phishing", "experimental")] == list(range(1, 12))


def test_promotion_keeps_the_number_and_the_bytes(
    registry: LocalRegistry, make_detector: MakeDetector
) -> None:
    registry.push(make_detector("one"), "phishing")
    registry.push(make_detector("two"), "phishing")
    promoted = registry.promote("phishing", 1, reason="better than nothing")
    assert (promoted.version, promoted.stage) == (1, "production")
    assert registry.current("phishing") == promoted
    assert promoted.record.reason == "better than nothing"
    production = registry.load("phishing") / "model" / "trees.json"
    experimental = registry.load("phishing", "experimental", version=1) / "model" / "trees.json"
    assert production.read_bytes() == experimental.read_bytes()
    assert registry.load("phishing", "experimental").parent.name == "2"


def test_promoting_the_current_version_again_changes_nothing(
    registry: LocalRegistry, make_detector: MakeDetector
) -> None:
    registry.push(make_detector(), "phishing")
    first = registry.promote("phishing", 1)
    history = registry.history("phishing")
    assert registry.promote("phishing", 1) == first
    assert registry.history("phishing") == history


def test_rollback_returns_step_by_step_and_then_refuses(
    registry: LocalRegistry, make_detector: MakeDetector
) -> None:
    assert registry.before("phishing") is None
    for content in ("one", "two", "three"):
        registry.push(make_detector(content), "phishing", stage="production")
    assert registry.before("phishing") == 2
    assert registry.rollback("phishing", reason="too many alarms").version == 2
    assert registry.rollback("phishing").version == 1
    assert registry.before("phishing") is None
    current = registry.current("phishing")
    assert current is not None
    assert current.version == 1
    with pytest.raises(RegistryError, match="no earlier version"):
        registry.rollback("phishing")
    assert [(move.action, move.version) for move in registry.history("phishing")] == [
        ("push", 1),
        ("push", 2),
        ("push", 3),
        ("rollback", 2),
        ("rollback", 1),
    ]
    assert registry.history("phishing")[3].reason == "too many alarms"


def test_after_a_rollback_the_next_version_has_a_new_number_and_returns_to_the_one_in_use(
    registry: LocalRegistry, make_detector: MakeDetector
) -> None:
    for content in ("one", "two"):
        registry.push(make_detector(content), "phishing", stage="production")
    registry.rollback("phishing")
    pushed = registry.push(make_detector("three"), "phishing", stage="production")
    assert (pushed.version, pushed.record.parent) == (3, 1)
    assert registry.rollback("phishing").version == 1
    assert registry.promote("phishing", 2).version == 2


def test_the_record_says_when_by_which_run_with_which_metrics_why_and_after_which(
    registry: LocalRegistry, make_detector: MakeDetector
) -> None:
    started = datetime.now(UTC).replace(microsecond=0)
    registry.push(make_detector("one"), "phishing", stage="production")
    given_record = {"run": "phishing-1", "metrics": {"auc": 0.99}, "reason": "better", "seed": 7}
    version = registry.push(make_detector("two"), "phishing", stage="production", record=given_record)
    record = json.loads((version.path / "record.json").read_text())
    assert started <= datetime.fromisoformat(record["when"]) <= datetime.now(UTC)
    assert record["run"] == "phishing-1"
    assert record["metrics"] == {"auc": 0.99}
    assert record["reason"] == "better"
    assert record["parent"] == 1
    assert record["facts"] == {"seed": 7}
    assert registry.history("phishing")[-1].reason == "better"


@pytest.mark.parametrize("bad", [{"metrics": {"auc": float("nan")}}, {"run": 5}, {"seed": object()}])
def test_a_record_that_json_cannot_hold_is_refused_and_nothing_is_written(
    registry: LocalRegistry, make_detector: MakeDetector, bad: dict[str, object]
) -> None:
    with pytest.raises(RegistryError, match="record"):
        registry.push(make_detector(), "phishing", record=bad)
    assert registry.versions("phishing", "experimental") == ()


def test_a_changed_detector_is_not_pushed(registry: LocalRegistry, make_detector: MakeDetector) -> None:
    detector = make_detector()
    (detector / "processor.json").write_text("{}")
    with pytest.raises(IntegrityError, match=r"processor\.json"):
        registry.push(detector, "phishing")
    assert registry.versions("phishing", "experimental") == ()


def test_a_byte_changed_in_the_registry_is_found_by_load_promote_and_rollback(
    registry: LocalRegistry, make_detector: MakeDetector
) -> None:
    registry.push(make_detector("one"), "phishing", stage="production")
    registry.push(make_detector("two"), "phishing", stage="production")
    pushed = registry.push(make_detector("three"), "phishing")
    for folder in (registry.load("phishing", version=1), pushed.detector):
        (folder / "processor.json").write_text("{}")
    with pytest.raises(IntegrityError):
        registry.load("phishing", version=1)
    with pytest.raises(IntegrityError):
        registry.rollback("phishing")
    with pytest.raises(IntegrityError):
        registry.promote("phishing", 3)
    current = registry.current("phishing")
    assert current is not None
    assert current.version == 2


def test_another_whole_detector_put_in_its_place_is_found(
    registry: LocalRegistry, make_detector: MakeDetector
) -> None:
    version = registry.push(make_detector("one"), "phishing", stage="production")
    shutil.rmtree(version.detector)
    shutil.copytree(make_detector("two"), version.detector)
    with pytest.raises(IntegrityError, match="not the detector that was pushed"):
        registry.load("phishing")


def test_a_link_in_the_detector_is_refused(
    registry: LocalRegistry, make_detector: MakeDetector, tmp_path: Path
) -> None:
    detector = make_detector()
    content = (detector / "processor.json").read_bytes()
    (detector / "processor.json").unlink()
    (tmp_path / "outside.json").write_bytes(content)
    (detector / "processor.json").symlink_to(tmp_path / "outside.json")
    with pytest.raises(IntegrityError, match="link"):
        registry.push(detector, "phishing")


@pytest.mark.parametrize("name", ["", "..", ".hidden", "a/b", "A", "-a", "a\0", "a" * 65, "../models", "a."])
def test_names_that_are_no_folder_names_are_refused(
    registry: LocalRegistry, make_detector: MakeDetector, name: str
) -> None:
    with pytest.raises(RegistryError, match="not a name"):
        registry.push(make_detector(), name)


@given(st.text(max_size=70))
def test_no_name_leads_out_of_the_registry(name: str) -> None:
    root = Path("models").resolve()
    try:
        accepted = checked_name(name)
    except RegistryError:
        return
    assert (root / accepted).resolve().parent == root


def test_unknown_stages_versions_and_names_say_what_there_is(
    registry: LocalRegistry, make_detector: MakeDetector
) -> None:
    registry.push(make_detector(), "phishing")
    with pytest.raises(RegistryError, match="expected: experimental or production"):
        registry.versions("phishing", "staging")
    with pytest.raises(RegistryError, match="expected: one of: 1"):
        registry.promote("phishing", 7)
    with pytest.raises(RegistryError, match="expected: one of: phishing"):
        registry.load("urls", "experimental")
    with pytest.raises(RegistryError, match="none yet"):
        registry.load("phishing")


def test_a_missing_detector_folder_is_refused(registry: LocalRegistry, tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match="no detector folder"):
        registry.push(tmp_path / "absent", "phishing")


@pytest.mark.parametrize("content", ["", "{", "[]", '{"version": "x"}', '{"version": 1, "more": 2}'])
def test_a_damaged_current_file_is_named_with_the_remedy(
    registry: LocalRegistry, make_detector: MakeDetector, content: str
) -> None:
    registry.push(make_detector(), "phishing", stage="production")
    (registry.root / "production" / "phishing" / "CURRENT").write_text(content)
    with pytest.raises(RegistryError, match="promote the version"):
        registry.current("phishing")


def test_a_damaged_current_file_can_be_mended_as_the_error_says(
    registry: LocalRegistry, make_detector: MakeDetector
) -> None:
    registry.push(make_detector(), "phishing", stage="production")
    current = registry.root / "production" / "phishing" / "CURRENT"
    current.write_text("{")
    current.unlink()
    assert registry.promote("phishing", 1).version == 1
    assert registry.load("phishing").is_dir()


def test_a_current_file_that_names_an_absent_version_is_refused(
    registry: LocalRegistry, make_detector: MakeDetector
) -> None:
    version = registry.push(make_detector(), "phishing", stage="production")
    shutil.rmtree(version.path)
    with pytest.raises(RegistryError, match="no version 1"):
        registry.load("phishing")


def test_a_registry_that_cannot_be_written_is_an_output_error(
    make_detector: MakeDetector, tmp_path: Path
) -> None:
    (tmp_path / "models").write_text("a file")
    with pytest.raises(OutputError, match=r"where a folder is wanted|part of the path is a file"):
        LocalRegistry(tmp_path / "models").push(make_detector(), "phishing")


def test_a_full_disk_leaves_the_old_version_and_no_remains(
    registry: LocalRegistry, make_detector: MakeDetector, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.push(make_detector("one"), "phishing", stage="production")

    def full(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(shutil, "copyfile", full)
        with pytest.raises(OutputError, match="disk is full"):
            registry.push(make_detector("two"), "phishing", stage="production")
    assert sorted(path.name for path in (registry.root / "production" / "phishing").iterdir()) == [
        "1",
        "CURRENT",
    ]
    assert registry.load("phishing").parent.name == "1"


def test_a_detector_that_changes_while_it_is_copied_is_not_kept(
    registry: LocalRegistry, make_detector: MakeDetector, monkeypatch: pytest.MonkeyPatch
) -> None:
    copyfile = shutil.copyfile

    def copy_then_change(source: Path, target: Path) -> None:
        copyfile(source, target)
        if target.name == "processor.json":
            target.write_text("{}")

    monkeypatch.setattr(shutil, "copyfile", copy_then_change)
    with pytest.raises(IntegrityError):
        registry.push(make_detector(), "phishing")
    assert registry.versions("phishing", "experimental") == ()
