"""Each part of a scorecard measures what it says; the whole resumes, and is judged by gates."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from small_attacks import changeable_detector, changeable_flows

from garrison.assurance import read_gates
from garrison.assurance.figure_names import PART_NAMES
from garrison.assurance.scorecard import Part
from garrison.detection import load_detector, save_detector
from garrison.errors import DataError, SchemaError, UsageError
from garrison.evaluation import metric
from garrison.pipelines.judging import judge
from garrison.pipelines.judging.asked import Asked
from garrison.pipelines.judging.judge import judge_events
from garrison.pipelines.judging.parts import PARTS
from garrison.pipelines.judging.subject import Subject
from garrison.pipelines.outcome import Outcome
from garrison.pipelines.watching.model import WatchedModel
from garrison.run.fingerprint import table_fingerprint

RunSmall = Callable[..., Outcome]


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> WatchedModel:
    folder = tmp_path_factory.mktemp("judged") / "detector"
    save_detector(changeable_detector("xgboost", trees=6, max_depth=3), folder)
    return WatchedModel(load_detector(folder), "./detector", "changeable", None, "0" * 64, folder)


@pytest.fixture(scope="module")
def subject(watched: WatchedModel, tmp_path_factory: pytest.TempPathFactory) -> Subject:
    schema = watched.detector.schema
    return Subject(
        watched=watched,
        table=schema.validate(changeable_flows(300, seed=3)).table,
        data="flows",
        asked=(
            "recall@fpr=0.2",
            "membership.tpr@fpr=0.10",
            "evasion.detection@cost=3",
            "drift.recall@shift=2",
        ),
        rows=12,
        seed=0,
        seconds=None,
        workspace=tmp_path_factory.mktemp("work"),
        kept=None,
    )


@pytest.fixture(scope="module")
def parts(subject: Subject) -> dict[str, Part]:
    return {name: PARTS[name](subject) for name in PARTS}


def test_there_is_a_part_for_every_name() -> None:
    assert tuple(PARTS) == PART_NAMES


@pytest.mark.parametrize("name", PART_NAMES)
def test_a_part_measures_figures_of_its_own_with_a_protocol(name: str, parts: dict[str, Part]) -> None:
    part = parts[name]
    assert part.name == name
    assert part.protocol
    assert bool(part.figures) != bool(part.not_measured)
    for figure in part.figures:
        assert figure.protocol
        if figure.low is not None and figure.high is not None:
            assert figure.low <= figure.value <= figure.high


def test_quality_and_calibration_are_those_of_the_scores(subject: Subject, parts: dict[str, Part]) -> None:
    found = {**parts["quality"].values(), **parts["calibration"].values()}
    assert {"recall@fpr=0.2", "auc", "f1", "ece"} <= set(found)
    for name, value in found.items():
        assert value == pytest.approx(metric(name)(subject.y, subject.scores, subject.threshold))


def test_an_event_is_detected_only_if_no_attack_made_it_pass(parts: dict[str, Part]) -> None:
    part = parts["evasion"]
    at = part.values()
    assert list(at) == [f"evasion.detection@cost={cost:g}" for cost in (0.5, 1, 2, 3)]
    assert list(at.values()) == sorted(at.values(), reverse=True)
    for line in part.curves[0].lines.values():
        for cost, share in line[1:]:
            assert at[f"evasion.detection@cost={cost:g}"] <= share + 1e-9
    assert any(doubt.name == "too_few_samples" for doubt in part.doubts)


def test_a_shift_of_the_worst_column_is_worse_than_none(subject: Subject, parts: dict[str, Part]) -> None:
    at = parts["drift"].values()
    recall = float((subject.scores >= subject.threshold)[subject.y].mean())
    assert at["drift.recall@shift=2"] < recall
    assert set(at) == {
        f"drift.{kind}@shift={shift}"
        for kind, shift in (("recall", 1), ("recall", 2), ("fpr", 1), ("fpr", 2))
    }
    shown = {(row[0], row[1]) for table in parts["drift"].tables for row in table.rows}
    assert ("level", "one value down") in shown, "few allowed values: the next one"
    assert any("drifted were not counted" in note for note in parts["drift"].notes)


def test_kinds_without_a_name_are_not_measured_and_said(parts: dict[str, Part]) -> None:
    assert "which kind of attack" in (parts["unknown_attacks"].not_measured or "")


def test_rows_of_the_training_are_told(subject: Subject, watched: WatchedModel) -> None:
    known = replace(watched.detector, training_fingerprint=table_fingerprint(subject.table))
    same = replace(subject, watched=replace(watched, detector=known))
    assert [doubt.name for doubt in PARTS["hygiene"](same).doubts] == ["trained_on_these_rows"]
    for name in ("quality", "calibration"):
        for figure in PARTS[name](same).figures:
            assert "trained_on_these_rows" in {doubt.name for doubt in figure.doubts}


def test_a_part_that_cannot_be_measured_spoils_no_other(
    watched: WatchedModel, subject: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(subject: Subject) -> Part:
        raise DataError("too few groups", remedy="more data")

    monkeypatch.setitem(PARTS, "quality", failing)
    asked = Asked(parts=("quality", "hygiene"), gates=read_gates({"auc": ">= 0.1"}))
    card, _ = judge_events(watched, subject.table, data="", workspace=subject.workspace, asked=asked)
    assert card.parts[0].not_measured == "too few groups; more data"
    assert card.parts[1].figures
    assert [str(gate) for gate in card.missed] == ["auc >= 0.1: not measured"]


def test_only_what_was_kept_is_removed(tmp_path: Path) -> None:
    for name in ("part-quality.json", "mine.json", "evasion/leaf_walk-000000.json", "evasion/notes.txt"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("{}", encoding="utf-8")
    judge.forget_parts(tmp_path)
    left = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file())
    assert left == ["evasion/notes.txt", "mine.json"]


def test_rows_are_drawn_from_both_classes(subject: Subject) -> None:
    for count in (2, 10, 299, 300, 5_000):
        rows = subject.drawn(count)
        assert len(rows) == min(count, 300)
        assert len(np.unique(rows)) == len(rows)
        assert subject.y[rows].any()
        assert not subject.y[rows].all()


def judged(watched: WatchedModel, subject: Subject, kept: Path | None, *parts: str) -> tuple[Part, ...]:
    asked = Asked(parts=parts, gates=read_gates({"auc": ">= 0.5"}), rows=5)
    card, _ = judge_events(
        watched, subject.table, data="flows", workspace=subject.workspace, asked=asked, kept=kept
    )
    assert [str(gate)[:10] for gate in card.gates] == ["auc >= 0.5"]
    return card.parts


def test_what_was_measured_before_it_was_stopped_is_not_measured_again(
    watched: WatchedModel, subject: Subject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured: list[str] = []

    def stopping(name: str, subject: Subject) -> Part:
        measured.append(name)
        if len(measured) == 3:
            raise KeyboardInterrupt
        return PARTS[name](subject)

    monkeypatch.setattr(judge, "_measured", stopping)
    with pytest.raises(KeyboardInterrupt):
        judged(watched, subject, tmp_path, "quality", "hygiene", "calibration")
    found = judged(watched, subject, tmp_path, "quality", "hygiene", "calibration")
    assert measured == ["quality", "calibration", "hygiene", "hygiene"]
    assert found == judged(watched, subject, None, "quality", "hygiene", "calibration")
    (tmp_path / "part-quality.json").write_text("{", encoding="utf-8")
    judged(watched, subject, tmp_path, "quality")
    assert measured[-1] == "quality"


def test_gates_bring_their_parts_and_unknown_parts_are_refused(watched: WatchedModel) -> None:
    gates = read_gates({"latency.p99_ms": "<= 5", "auc": ">= 0.5"})
    assert Asked(parts=("hygiene",), gates=gates).measured == ("quality", "hygiene", "speed")
    assert Asked().measured == PART_NAMES
    for bad in ({"parts": ("speeed",)}, {"rows": 0}, {"seconds": 0.0}, {"seconds": float("nan")}):
        with pytest.raises(UsageError):
            Asked(**bad)


def test_events_of_one_class_are_refused(watched: WatchedModel, subject: Subject) -> None:
    bad = subject.table.filter(pa.array(subject.y))
    with pytest.raises(SchemaError):
        judge_events(watched, bad, data="flows", workspace=subject.workspace, asked=Asked())


def test_a_run_measures_what_its_gates_ask_for_and_obeys_them(run_small: RunSmall) -> None:
    gates = '{auc: ">= 0.5", "load.s": "<= 100", "drift.recall@shift=1": "> 1"}'
    outcome = run_small(f"gates={gates}")
    assert outcome.accepted is False
    assert "drift.recall@shift=1 > 1" in outcome.verdict
    assert "load.s" not in outcome.verdict
    assert outcome.scorecard is not None
    assert "drift.recall@shift=1" in outcome.scorecard.read_text("utf-8")
    assert list((outcome.folder.parents[1] / "models" / "scorecards").rglob("1.json"))
    assert not (outcome.folder / "unfinished").exists()
