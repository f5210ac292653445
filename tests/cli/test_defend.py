"""`garrison defend` as a person types it."""

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from small_attacks import FEATURES, changeable_flows

from garrison.cli.main import run_command
from garrison.detection import load_detector

SMALL = [
    "--set",
    "training.folds=2",
    "--set",
    "tracking.enabled=false",
    "--set",
    "jobs=1",
    "--set",
    "evaluation.repeats=50",
]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    pq.write_table(changeable_flows(500, seed=3), "flows.parquet")
    Path("flows.json").write_text(json.dumps({**FEATURES, "name": "changeable"}), encoding="utf-8")
    return tmp_path


def test_a_defended_detector_is_saved_and_its_price_is_told(
    here: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    asked = ["defend", "--data", "flows.parquet", "--features", "flows.json", "--rows", "10", *SMALL]
    asked += ["--defence", "rejection", "--defence", "monotone", "--out", "price.json"]
    asked += ["--set", "defence.params={rejection: {share: 0.02, trees: 10}}"]
    asked += ["--set", "training.params={xgboost: {trees: 10, max_depth: 3}}"]
    assert run_command(asked) == 0
    said = capfd.readouterr().out
    assert "detected after leaf_walk at 2" in said
    assert "monotone: the score follows packets, bytes, level one way only" in said
    price = json.loads(Path("price.json").read_text("utf-8"))
    assert [note["defence"] for note in price["notes"]] == ["monotone", "rejection"]
    (saved,) = Path("models/experimental").glob("*/1/detector")
    detector = load_detector(saved)
    assert detector.family == "screened"
    assert detector.params["params"]["trees"] == 10
    f1 = next(line["after"]["value"] for line in price["clean"] if line["what"] == "f1")
    assert f1 == pytest.approx(detector.measures["f1"])


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--defence", "monoton"], 2, "did you mean monotone?"),
        (["--defence", "monotone", "--model-type", "random_forest"], 16, "takes no monotone constraints"),
        (["--defence", "monotone", "--rows", "0"], 2, "0 rows are to be attacked"),
        (["--defence", "monotone", "--set", "training.threshold=unknown-attacks"], 2, "rows kept aside"),
    ],
)
def test_what_cannot_be_done_is_refused_with_a_remedy(
    here: Path, arguments: list[str], code: int, said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    small = ["--set", "training.params={random_forest: {trees: 2}}", *SMALL]
    asked = ["defend", "--data", "flows.parquet", "--features", "flows.json", *arguments, *small]
    assert run_command(asked) == code
    assert said in capfd.readouterr().err
