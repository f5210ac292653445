"""`garrison scorecard` as a person types it."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from small_attacks import changeable_detector, changeable_flows

from garrison.assurance.scorecard import Scorecard
from garrison.cli.main import run_command
from garrison.detection import save_detector
from garrison.registry import LocalRegistry


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scorecard")
    save_detector(changeable_detector("logistic_regression"), folder / "detector")
    pq.write_table(changeable_flows(200, seed=3), folder / "flows.parquet")
    record = {"settings": {"gates": {"auc": ">= 0.5", "ece": None}}}
    LocalRegistry(folder / "models").push(folder / "detector", "changeable", record=record)
    (folder / "gates.yml").write_text("gates:\n  auc: '> 1'\n", encoding="utf-8")
    (folder / "none.yml").write_text("seed: 3\n", encoding="utf-8")
    (folder / "odd.yml").write_text("gates: {auk: '>= 1'}\n", encoding="utf-8")
    return folder


@pytest.fixture
def here(place: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(place)
    return place


ASKED = ["scorecard", "changeable@1", "--data", "flows.parquet", "--part", "quality", "--part", "hygiene"]


@pytest.mark.usefixtures("here")
def test_it_prints_writes_and_keeps_and_takes_the_gates_of_the_run(capfd: pytest.CaptureFixture[str]) -> None:
    assert run_command([*ASKED, "--keep"]) == 0
    said = capfd.readouterr().out
    assert "recall@fpr=0.01" in said
    assert "gate:     kept   auc >= 0.5" in said
    assert "kept:     with changeable@1" in said
    card = Scorecard.read(Path("scorecards/changeable-1/scorecard.json"))
    assert [part.name for part in card.parts] == ["quality", "hygiene"]
    assert Path("scorecards/changeable-1/scorecard.html").is_file()
    assert not Path("scorecards/changeable-1/unfinished").exists()


@pytest.mark.usefixtures("here")
def test_a_missed_gate_is_an_exit_code_and_says_by_how_much(capfd: pytest.CaptureFixture[str]) -> None:
    assert run_command([*ASKED, "--gates", "gates.yml", "--out", "card"]) == 4
    found = capfd.readouterr()
    assert "kept:" not in found.out, "only a card of its own test part is kept unasked"
    assert "gate:     MISSED auc > 1" in found.out
    assert "missed by" in found.err
    assert Path("card/scorecard.html").is_file()


@pytest.mark.parametrize(
    ("more", "code", "said"),
    [
        (["--part", "speeed"], 2, "one of quality"),
        (["--rows", "0"], 2, "1 or more"),
        (["--seconds", "-1"], 2, "no budget"),
        (["--seed", "-1"], 2, "-1 is not in the range"),
        (["--gates", "none.yml"], 2, "states no gates"),
        (["--gates", "odd.yml"], 2, "did you mean auc"),
        (["--gates", "nowhere.yml"], 2, "nowhere.yml"),
    ],
)
@pytest.mark.usefixtures("here")
def test_what_cannot_be_measured_is_said_before_anything_is_read(
    more: list[str], code: int, said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run_command([*ASKED, *more]) == code
    assert said in capfd.readouterr().err


@pytest.mark.usefixtures("here")
def test_events_of_one_class_or_of_another_schema_are_refused(capfd: pytest.CaptureFixture[str]) -> None:
    flows = pq.read_table("flows.parquet")
    pq.write_table(flows.filter(pa.compute.equal(flows["bad"], 1)), "one.parquet")
    pq.write_table(flows.drop_columns(["bytes"]), "other.parquet")
    assert run_command(["scorecard", "./detector", "--data", "one.parquet"]) == 6
    assert run_command(["scorecard", "./detector", "--data", "other.parquet"]) == 6
    assert "bytes" in capfd.readouterr().err
