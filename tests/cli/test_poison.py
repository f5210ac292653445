"""`garrison poison` as a person types it."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from broken_off import first_attacks, stopped_after
from poisonable_flows import noisy_flows, small_detector
from small_attacks import FEATURES, SCHEMA

from garrison.attacks.poisoning import PoisoningAttack, PoisoningResult
from garrison.cli.main import run_command
from garrison.data.schema import Schema
from garrison.detection import save_detector


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("poison")
    save_detector(small_detector(), folder / "detector")
    pq.write_table(noisy_flows(600, seed=1), folder / "flows.parquet")
    pq.write_table(noisy_flows(400, seed=2), folder / "test.parquet")
    return folder


@pytest.fixture
def here(place: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(place)
    return place


ASKED = ["poison", "./detector", "--data", "flows.parquet"]


def test_poisoning_is_measured_told_and_written(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    asked = [*ASKED, "--test", "test.parquet", "--share", "0.1", "--trigger", "packets=400"]
    assert run_command([*asked, "--out", "p.json"]) == 0
    said = capfd.readouterr().out
    assert "trigger passes" in said
    assert "trigger:  backdoor: packets = 400" in said
    assert "example:  backdoor: test row" in said
    facts = json.loads(Path("p.json").read_text("utf-8"))
    flips, backdoor = (PoisoningResult.from_dict(each) for each in facts["attacks"])
    assert (flips.attack, backdoor.attack) == ("label_flips", "backdoor")
    assert (backdoor.training_rows, backdoor.test_rows) == (600, 400)
    assert [point.share for point in backdoor.points] == [0, 0.1]
    assert (backdoor.points[1].gain or 0) > 0.5
    assert f"{backdoor.points[1].gain:+.3f}" in said
    assert not Path("p.json.parts").exists()


def test_without_test_data_a_part_stands_aside(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run_command([*ASKED, "--attack", "malicious_flips", "--share", "0.1", "--rows", "200"]) == 0
    said = capfd.readouterr().out
    assert "200 to learn from, 180 to judge by" in said


def test_what_was_finished_is_not_made_again(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    asked = [*ASKED, "--attack", "label_flips", "--share", "0.1", "--share", "0.2", "--out"]
    assert run_command([*asked, "whole.json"]) == 0
    with stopped_after(2, PoisoningAttack):
        assert run_command([*asked, "b.json"]) == 130
    assert len(list(Path("b.json.parts").iterdir())) == 2
    capfd.readouterr()
    assert run_command([*asked, "b.json"]) == 0
    assert "resumed:  2 shares" in capfd.readouterr().out
    whole, resumed = first_attacks("whole.json", "b.json")
    assert whole["points"] == resumed["points"]
    assert not Path("b.json.parts").exists()


def test_what_was_cut_goes_on_with_more_time(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    asked = [*ASKED, "--attack", "label_flips", "--share", "0.1", "--out", "c.json"]
    assert run_command([*asked, "--seconds", "0.000001"]) == 0
    assert "cut" in capfd.readouterr().out
    assert run_command(asked) == 0
    said = capfd.readouterr().out
    assert "resumed:  1 shares" in said
    assert ": cut:" not in said


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--data", "flows.parquet", "--attack", "backdor"], 2, "there is no attack 'backdor'"),
        (["--data", "flows.parquet", "--share", "0"], 2, "cannot be poisoned"),
        (["--data", "flows.parquet", "--share", "1.2"], 2, "cannot be poisoned"),
        (["--data", "flows.parquet", "--share", "nan"], 2, "not a number"),
        (["--data", "flows.parquet", "--seconds", "0"], 2, "no budget"),
        (["--data", "flows.parquet", "--rows", "3"], 2, "too few to learn from"),
        (["--data", "flows.parquet", "--folds", "1"], 2, "folds are too few"),
        (["--data", "flows.parquet", "--fpr", "0"], 2, "false-positive rate"),
        (["--data", "flows.parquet", "--trigger", "packets"], 2, "no part of a trigger"),
        (["--data", "flows.parquet", "--trigger", "proto=udp"], 6, "cannot choose 'proto'"),
        (["--data", "flows.parquet", "--trigger", "packets=9999"], 5, "can carry the trigger"),
        (["--data", "one.parquet"], 6, "labels are positive"),
        (["--data", "other.parquet"], 6, "missing columns"),
        (["--data", "nan.parquet"], 5, "no events to attack"),
        (["--data", "flows.parquet", "--attack", "backdoor", "--features", "fixed.json"], 6, "can change no"),
        (["--data", "flows.parquet", "--attack", "malicious_flips", "--share", "0.9"], 5, "one class only"),
    ],
)
def test_what_cannot_be_done_is_said(
    here: Path, arguments: list[str], code: int, said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    flows = pq.read_table("flows.parquet")
    pq.write_table(flows.filter(pa.compute.equal(flows["bad"], 1)), "one.parquet")
    pq.write_table(flows.drop_columns(["bytes"]), "other.parquet")
    nan = pa.array([float("nan")] * flows.num_rows)
    pq.write_table(flows.set_column(flows.column_names.index("errors"), "errors", nan), "nan.parquet")
    plain = [
        {key: value for key, value in column.items() if key != "attacker"} for column in FEATURES["columns"]
    ]
    Path("fixed.json").write_text(json.dumps({**FEATURES, "columns": plain, "relations": []}))
    assert run_command(["poison", "./detector", *arguments]) == code
    error = capfd.readouterr().err
    assert said in error
    assert "Traceback" not in error


def test_a_detector_without_labels_is_refused(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    from dataclasses import replace

    own = {key: value for key, value in SCHEMA.to_dict().items() if key != "label"}
    own["columns"] = [column for column in own["columns"] if column["name"] != "bad"]
    detector = replace(
        small_detector(),
        schema=Schema.from_dict(own),
    )
    save_detector(detector, Path("unlabelled"))
    for command in ("poison", "steal"):
        assert run_command([command, "./unlabelled", "--data", "flows.parquet"]) == 16
        assert "trained without labels" in capfd.readouterr().err


def test_where_nothing_can_be_changed_labels_are_flipped(
    here: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    plain = [
        {key: value for key, value in column.items() if key != "attacker"} for column in FEATURES["columns"]
    ]
    Path("fixed.json").write_text(json.dumps({**FEATURES, "columns": plain, "relations": []}))
    assert run_command([*ASKED, "--share", "0.1", "--features", "fixed.json"]) == 0
    said = capfd.readouterr().out
    assert "label_flips" in said
    assert "backdoor" not in said
