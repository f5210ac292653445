"""`garrison privacy` as a person types it."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from small_attacks import changeable_detector, changeable_flows

from garrison.cli.main import run_command
from garrison.detection import save_detector
from garrison.pipelines.privacy import Privacy


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("privacy")
    save_detector(changeable_detector("xgboost", trees=6, max_depth=3), folder / "detector")
    pq.write_table(changeable_flows(300, seed=3), folder / "flows.parquet")
    return folder


@pytest.fixture
def here(place: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(place)
    return place


def test_a_recipe_is_attacked_told_and_written(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    asked = ["privacy", "./detector", "--data", "flows.parquet", "--shadows", "4", "--attribute", "proto"]
    assert run_command([*asked, "--out", "p.json"]) == 0
    said = capfd.readouterr().out
    assert "lira_offline" in said
    assert "attacked: a detector of the same recipe; 150 members and 150 others" in said
    assert "rows:     random halves of flows.parquet" in said
    assert "flag:     too_few_shadows" in said
    facts = json.loads(Path("p.json").read_text("utf-8"))
    found = Privacy.from_dict(facts)
    assert [each.name for each in found.attributes] == ["proto"]
    assert {*facts["figures"]} == {*found.figures}
    assert not Path("p.json.parts").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ([], 2, "has learnt from are not known"),
        (["--protocol", "model", "--data", "flows.parquet"], 2, "has learnt from are not known"),
        (["--protocol", "other"], 2, "there is no protocol"),
        (["--data", "flows.parquet", "--attack", "lria"], 2, "there is no attack 'lria'"),
        (
            ["--data", "flows.parquet", "--attribute", "bad"],
            2,
            "no feature 'bad'",
        ),
        (["--data", "flows.parquet", "--shadows", "3"], 2, "too few"),
        (["--data", "flows.parquet", "--seconds", "-1"], 2, "no budget"),
        (["--data", "flows.parquet", "--fpr", "1"], 2, "a false-positive rate of 1"),
        (["--members", "flows.parquet"], 2, "members need others"),
        (["--protocol", "recipe", "--members", "a", "--others", "b"], 2, "random halves"),
        (["--members", "flows.parquet", "--others", "flows.parquet"], 5, "and 0 were not"),
        (["--data", "one.parquet"], 6, "labels are positive"),
        (["--data", "less.parquet"], 6, "missing columns"),
        (["--data", "single.parquet"], 5, "1 record(s) to ask about"),
    ],
)
def test_what_cannot_be_done_is_said(
    here: Path, arguments: list[str], code: int, said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    flows = pq.read_table("flows.parquet")
    pq.write_table(flows.filter(pa.compute.equal(flows["bad"], 1)), "one.parquet")
    pq.write_table(flows.drop_columns(["bytes"]), "less.parquet")
    both = [int(flows["bad"].index(0).as_py()), int(flows["bad"].index(1).as_py())]
    alike = flows.take(pa.array(both[:1] * 2)).set_column(10, "bad", pa.array([0, 1]))
    pq.write_table(alike, "single.parquet")
    assert run_command(["privacy", "./detector", *arguments]) == code
    error = capfd.readouterr().err
    assert said in error
    assert "Traceback" not in error
