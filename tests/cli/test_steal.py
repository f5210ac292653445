"""`garrison steal` as a person types it."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from broken_off import first_attacks, stopped_after
from poisonable_flows import noisy_flows, small_detector

from garrison.attacks.stealing import StealingAttack, StealingResult
from garrison.cli.main import run_command
from garrison.detection import save_detector


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("steal")
    save_detector(small_detector(), folder / "detector")
    pq.write_table(noisy_flows(600, seed=1), folder / "flows.parquet")
    return folder


@pytest.fixture
def here(place: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(place)
    return place


ASKED = ["steal", "./detector", "--data", "flows.parquet", "--family", "logistic_regression"]


def test_a_copy_is_made_told_and_written(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    asked = [*ASKED, "--queries", "100", "--answers", "scores", "--transfer", "2"]
    assert run_command([*asked, "--out", "s.json"]) == 0
    said = capfd.readouterr().out
    assert "score error" in said
    assert "evasions that pass" in said
    facts = json.loads(Path("s.json").read_text("utf-8"))
    results = [StealingResult.from_dict(each) for each in facts["attacks"]]
    assert [each.attack for each in results] == [
        "known_events",
        "mixed_events",
        "random_events",
        "uncertain_events",
    ]
    assert str(results[0].at(100, "logistic_regression").agreement) in said
    assert results[0].pool + results[0].held_out == 600
    assert not Path("s.json.parts").exists()


def test_what_was_finished_is_not_asked_again(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    asked = [*ASKED, "--attack", "mixed_events", "--queries", "40", "--queries", "90", "--out"]
    assert run_command([*asked, "whole.json"]) == 0
    with stopped_after(1, StealingAttack):
        assert run_command([*asked, "b.json"]) == 130
    assert len(list(Path("b.json.parts").iterdir())) == 1
    capfd.readouterr()
    assert run_command([*asked, "b.json"]) == 0
    assert "resumed:  1 numbers of queries" in capfd.readouterr().out
    whole, resumed = first_attacks("whole.json", "b.json")
    assert whole["copies"] == resumed["copies"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--data", "flows.parquet", "--attack", "ask_nicely"], 2, "there is no attack 'ask_nicely'"),
        (["--data", "flows.parquet", "--answers", "gradients"], 2, "cannot answer 'gradients'"),
        (["--data", "flows.parquet", "--queries", "1"], 2, "too few to copy"),
        (["--data", "flows.parquet", "--family", "xgbost"], 2, "did you mean xgboost"),
        (["--data", "flows.parquet", "--family", "isolation_forest"], 2, "a copy cannot be"),
        (["--data", "flows.parquet", "--transfer", "-1"], 2, "cannot be attacked"),
        (["--data", "flows.parquet", "--seconds", "0"], 2, "no budget"),
        (["--data", "one.parquet"], 6, "labels are positive"),
        (["--data", "other.parquet"], 6, "missing columns"),
    ],
)
def test_what_cannot_be_done_is_said(
    here: Path, arguments: list[str], code: int, said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    flows = pq.read_table("flows.parquet")
    pq.write_table(flows.filter(pa.compute.equal(flows["bad"], 1)), "one.parquet")
    pq.write_table(flows.drop_columns(["bytes"]), "other.parquet")
    assert run_command(["steal", "./detector", *arguments]) == code
    error = capfd.readouterr().err
    assert said in error
    assert "Traceback" not in error
