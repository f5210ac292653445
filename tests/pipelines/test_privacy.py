"""What a detector gives away: whose rows are asked about, what goes on after a break, and what is kept."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from noisy_runs import NAME, noisy_flows, train_by_heart

from garrison.errors import DataError, UsageError
from garrison.pipelines.privacy import Asked, Privacy, kept_shadows, measure_privacy, measure_watched
from garrison.pipelines.privacy.questions import draw_questions
from garrison.pipelines.privacy.sides import Sides, sides_of_run
from garrison.pipelines.watching.model import open_model


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("by-heart")
    train_by_heart(folder)
    return folder


@pytest.fixture(scope="module")
def found(workspace: Path) -> Privacy:
    return measure_privacy(NAME, workspace=workspace, shadows=8, jobs=1, attributes=["tool"])


def parts(workspace: Path) -> tuple[pa.Table, pa.Table]:
    folder = workspace / "runs" / "by-heart" / "stages" / "ingestion"
    train, test = (pq.read_table(folder / f"{name}.parquet") for name in ("train", "test"))
    return train, test


def test_a_detector_that_learnt_by_heart_is_found_out(found: Privacy, workspace: Path) -> None:
    train, test = parts(workspace)
    assert found.protocol == "model"
    assert found.trained_on == train.num_rows
    assert (found.members, found.others) == (train.num_rows, test.num_rows)
    assert found.figures["membership.auc"].low > 0.75
    assert found.figures["membership.tpr@fpr=0.01"].low > 0.05
    assert {*found.figures} > {
        "membership.tpr@fpr=0.001",
        "membership.balanced_accuracy",
        "attribute.advantage",
    }
    assert found.apart is not None
    assert found.apart.low < 0.5 < found.apart.high
    names = {flag.name for flag in found.flags}
    assert "too_few_samples" in names
    assert not names & {
        "told_apart_without_the_model",
        "unlike_its_shadows",
        "saturated",
        "cut",
        "duplicates",
    }


def test_figures_are_those_of_the_attack_that_finds_most(found: Privacy) -> None:
    values = [each.auc.value for each in found.membership]
    assert found.figures["membership.auc"].value == max(values) > min(values)


def test_the_saved_form_gives_the_same(found: Privacy) -> None:
    facts = json.loads(json.dumps(found.to_dict()))
    assert Privacy.from_dict(facts) == found
    assert facts["figures"]["membership.auc"]["value"] == found.figures["membership.auc"].value
    with pytest.raises(DataError, match="not the results"):
        Privacy.from_dict({**facts, "format": 9})


def test_rows_that_were_read_already_are_those_that_would_be(workspace: Path, tmp_path: Path) -> None:
    path = str(workspace / "flows.parquet")
    watched = open_model(NAME, workspace=workspace)
    table = watched.detector.schema.validate(pq.read_table(path)).table
    asked = Asked(data=path, protocol="recipe", attacks=("loss_threshold",), false_positive_rates=(0.05,))
    read, given = (
        measure_watched(watched, asked, workspace=workspace, table=rows, jobs=1) for rows in (None, table)
    )
    assert read == given
    assert given.protocol == "recipe"
    assert {name for name in given.figures if "tpr" in name} == {"membership.tpr@fpr=0.05"}
    assert "too_few_samples" not in {flag.name for flag in given.own_flags}  # 400 others show one in twenty


def test_rows_may_be_named_in_place_of_the_run(found: Privacy, workspace: Path, tmp_path: Path) -> None:
    for name, part in zip(("train", "test"), parts(workspace), strict=True):
        pq.write_table(part, tmp_path / f"{name}.parquet")
    named = measure_privacy(
        NAME,
        workspace=workspace,
        members=str(tmp_path / "train.parquet"),
        others=str(tmp_path / "test.parquet"),
        attacks=["loss_threshold"],
        attributes=["tool"],
        jobs=1,
    )
    assert named.protocol == "model"
    assert named.membership[0].auc == found.membership[0].auc
    assert named.shadows == 0


def test_the_run_tells_what_each_row_counted(workspace: Path) -> None:
    sides = sides_of_run(open_model(NAME, workspace=workspace), workspace=workspace)
    assert sides is not None
    assert sides.weigh is not None
    y = np.arange(100) < 20
    weights = sides.weigh(sides.table.slice(0, 100), y)
    assert weights is not None
    assert weights[y].sum() == pytest.approx(weights[~y].sum())


def test_rows_that_are_not_those_of_the_detector_are_not_taken_for_them(
    workspace: Path, tmp_path: Path
) -> None:
    shutil.copytree(workspace, tmp_path / "copy")
    place = tmp_path / "copy" / "runs" / "by-heart" / "stages" / "ingestion" / "train.parquet"
    pq.write_table(pq.read_table(place).slice(1), place)
    with pytest.raises(UsageError, match="are not known"):
        measure_privacy(NAME, workspace=tmp_path / "copy")
    data = str(workspace / "flows.parquet")
    found = measure_privacy(NAME, data, workspace=tmp_path / "copy", shadows=4, jobs=1, attributes=["tool"])
    assert found.protocol == "recipe"
    assert found.members == found.others == 400
    assert found.apart is None
    assert found.figures["membership.auc"].low > 0.6
    assert "too_few_shadows" in {flag.name for flag in found.flags}


@pytest.fixture
def broken_after_four(workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The results that a command was to make, which was broken off with four shadows finished."""
    out = tmp_path / "p.json"
    keep = kept_shadows.KeptShadows.keep

    def broken_off(self: kept_shadows.KeptShadows, number: int, answers: np.ndarray) -> None:
        keep(self, number, answers)
        if number == 3:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(kept_shadows.KeptShadows, "keep", broken_off)
        with pytest.raises(KeyboardInterrupt):
            measure_privacy(NAME, workspace=workspace, shadows=8, jobs=1, attributes=["tool"], out=out)
    assert len([*kept_in(out).iterdir()]) == 4
    return out


def kept_in(out: Path) -> Path:
    return out.with_name(out.name + ".parts")


def test_what_was_broken_off_goes_on(workspace: Path, broken_after_four: Path, found: Privacy) -> None:
    out = broken_after_four
    (kept_in(out) / "shadow-0001.json").write_text("{}", encoding="utf-8")  # damaged: trained again
    again = measure_privacy(NAME, workspace=workspace, shadows=8, jobs=1, attributes=["tool"], out=out)
    assert again.resumed == 3
    assert again == found
    assert not kept_in(out).exists()
    assert Privacy.from_dict(json.loads(out.read_text("utf-8"))) == found


def test_shadows_of_another_question_are_not_used(workspace: Path, broken_after_four: Path) -> None:
    out = broken_after_four
    other = measure_privacy(
        NAME, workspace=workspace, shadows=4, jobs=1, attributes=["tool"], seed=1, out=out
    )
    assert other.resumed == 0


def test_a_budget_gives_the_best_so_far_and_goes_on_with_more(
    workspace: Path, broken_after_four: Path, found: Privacy
) -> None:
    out = broken_after_four
    short = measure_privacy(NAME, workspace=workspace, shadows=8, jobs=1, seconds=1e-3, out=out)
    assert short.cut
    assert short.shadows == 4
    assert len(short.membership) == 3
    assert {"cut", "too_few_shadows"} < {flag.name for flag in short.flags}
    assert "attribute.advantage" not in short.figures
    assert len([*kept_in(out).iterdir()]) == 4
    whole = measure_privacy(NAME, workspace=workspace, shadows=8, jobs=1, attributes=["tool"], out=out)
    assert whole.resumed == 4
    assert whole == found


def test_without_shadows_the_loss_is_looked_at_alone(workspace: Path) -> None:
    short = measure_privacy(NAME, workspace=workspace, attacks=["lira"], jobs=1, seconds=1e-3)
    assert [each.attack for each in short.membership] == ["loss_threshold"]
    assert short.cut


def sides_of(table: pa.Table, learnt: int) -> Sides:
    return Sides("model", "here", table, np.arange(table.num_rows) < learnt, learnt)


def test_no_row_is_asked_about_that_stands_on_both_sides(workspace: Path) -> None:
    schema = open_model(NAME, workspace=workspace).detector.schema
    table = schema.validate(noisy_flows(60)).table
    # the first five rows occur twice in training, the next five in training and in the others too
    learnt = pa.concat_tables([table.slice(0, 40), table.slice(0, 5)])
    whole = pa.concat_tables([learnt, table.slice(5, 5), table.slice(40)])
    drawn = draw_questions(sides_of(whole, 45), schema, rows=1_000, shadow_rows=100, seed=0)
    audit = drawn.audit
    assert drawn.duplicates == 5
    assert drawn.member.sum() == 40
    assert (~drawn.member).sum() == 20
    for number in range(4):
        rows = audit.learnt_from(number)
        inside = audit.inside(number)
        assert not ((rows >= 45) & (rows < 50)).any()
        assert ((rows >= 40) & (rows < 45)).sum() == inside[:5].sum()
    few = draw_questions(sides_of(whole, 45), schema, rows=20, shadow_rows=25, seed=0)
    assert len(few.member) == 20
    assert all(len(few.audit.learnt_from(number)) == 25 for number in range(4))
    assert not np.isin(few.unseen, few.audit.asked).any()
    assert (few.unseen >= 50).all()


def test_sides_without_a_difference_are_refused(workspace: Path) -> None:
    schema = open_model(NAME, workspace=workspace).detector.schema
    table = schema.validate(noisy_flows(40)).table
    with pytest.raises(DataError, match="and 0 were not"):
        draw_questions(sides_of(pa.concat_tables([table, table]), 40), schema, rows=10, shadow_rows=9, seed=0)
    halves = replace(sides_of(table, 0), protocol="recipe")
    drawn = draw_questions(halves, schema, rows=10, shadow_rows=20, seed=0)
    assert drawn.member.sum() == 5
    assert pc.count_distinct(table["bytes"]).as_py() > 10
