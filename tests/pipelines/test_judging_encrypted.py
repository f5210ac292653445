"""A scorecard tells of models for encrypted events how they do when they are asked encrypted."""

from pathlib import Path

import pytest
from small_attacks import changeable_detector, changeable_flows

from garrison.detection import load_detector, save_detector
from garrison.errors import UsageError
from garrison.pipelines.judging.encrypted import measure_encrypted
from garrison.pipelines.judging.judge import _measured
from garrison.pipelines.judging.subject import Subject
from garrison.pipelines.watching.model import WatchedModel


def subject_of(family: str, folder: Path, **params: object) -> Subject:
    save_detector(changeable_detector(family, **params), folder / "detector")
    detector = load_detector(folder / "detector")
    return Subject(
        watched=WatchedModel(detector, "./detector", "flows", None, "0" * 64, folder / "detector"),
        table=detector.schema.validate(changeable_flows(300, seed=3)).table,
        data="flows",
        asked=(),
        rows=10,
        seed=0,
        seconds=None,
        workspace=folder,
        kept=None,
    )


def test_encrypted_verdicts_and_times_stand_beside_the_plain_ones(tmp_path: Path) -> None:
    pytest.importorskip("tenseal")
    part = measure_encrypted(subject_of("encrypted_logistic", tmp_path))
    values = part.values()
    assert values["encrypted.agreement"] >= 0.99
    assert 0 < values["encrypted.score_gap"] < 1e-3
    assert 0 < values["encrypted.row_ms"] < values["encrypted.latency_ms"]
    right, alone, many = part.tables[0].rows
    assert right[0] == "verdicts that are right"
    assert right[1] == pytest.approx(right[2], abs=0.01)
    assert alone[2] == values["encrypted.latency_ms"]
    assert many[2] == values["encrypted.row_ms"]


def test_other_families_say_that_they_are_not_made_for_it(tmp_path: Path) -> None:
    part = measure_encrypted(subject_of("xgboost", tmp_path, trees=4))
    assert part.not_measured == "xgboost is not made for encrypted events"
    assert part.figures == ()


def test_without_the_library_the_part_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> None:
        raise UsageError("encrypted scoring needs tenseal", remedy="pip install 'garrison[encrypted]'")

    monkeypatch.setattr("garrison.encrypted.seal.need_tenseal", missing)
    from garrison.encrypted.seal import seal_for

    seal_for.cache_clear()
    part = _measured("encrypted", subject_of("encrypted_logistic", tmp_path))
    assert part.not_measured == "encrypted scoring needs tenseal; pip install 'garrison[encrypted]'"
