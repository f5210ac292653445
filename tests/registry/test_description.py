"""What two models differ in is found in whichever order they are named."""

from collections.abc import Callable
from pathlib import Path

from small_detectors import judged_record

from garrison.registry import SETTINGS, LocalRegistry, resolve_model
from garrison.registry.description import describe
from garrison.registry.difference import compare


def test_settings_and_figures_of_two_versions_are_held_against_each_other(
    tmp_path: Path, make_detector: Callable[..., Path]
) -> None:
    registry = LocalRegistry(tmp_path / "models")
    for content, seed, auc in (("one", 0, 0.8), ("two", 7, 0.9)):
        settings = {"seed": seed, "training": {"metric": "auc"}}
        registry.push(make_detector(content), "sites", record={**judged_record(auc=auc), SETTINGS: settings})
    one, two = (describe(resolve_model(f"experimental/sites@{n}", root=tmp_path / "models")) for n in (1, 2))
    assert one.settings == {"seed": 0, "training.metric": "auc"}
    for first, second in ((one, two), (two, one)):
        rows = {(row.section, row.name): row for row in compare(first, second)}
        assert rows["settings", "seed"].differs
        assert rows["metrics", "auc"].differs
        assert not rows["settings", "training.metric"].differs
        assert rows["settings", "seed"].first == first.settings["seed"]


def test_model_outside_of_a_registry_has_no_settings(make_detector: Callable[..., Path]) -> None:
    found = describe(resolve_model(str(make_detector("one")), root=Path("nowhere")))
    assert (found.settings, found.record, found.judgement) == ({}, None, None)
