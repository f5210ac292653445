"""`garrison attack` on a detector of raw URLs, as a person types it."""

import json
from pathlib import Path

import pyarrow.csv
import pytest
from broken_off import first_attacks, stopped_after
from small_attacks import changeable_detector
from small_urls import small_urls, url_detector

from garrison.attacks.evasion import AttackResult
from garrison.attacks.urls import ATTACKS, UrlAttack
from garrison.cli.main import run_command
from garrison.detection import save_detector


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("urls")
    save_detector(url_detector(), folder / "detector")
    save_detector(changeable_detector("xgboost", trees=2, max_depth=2), folder / "columns")
    pyarrow.csv.write_csv(small_urls(80, seed=3), folder / "urls.csv")
    return folder


@pytest.fixture
def here(place: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(place)
    return place


ASKED = ["attack", "./detector", "--data", "urls.csv", "--rows", "6"]


def test_all_attacks_on_urls_are_run_told_and_written(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run_command([*ASKED, "--epsilon", "1", "--epsilon", "3", "--out", "a.json"]) == 0
    said = capfd.readouterr().out
    assert "costs:    rewrites of the URL" in said
    assert "example:  benign_words: row" in said
    assert "hxxp://" in said
    assert "0 left out as they are no URLs that a browser follows" in said
    facts = json.loads(Path("a.json").read_text("utf-8"))
    assert [each["attack"] for each in facts["attacks"]] == [*ATTACKS]
    for each in facts["attacks"]:
        result = AttackResult.from_dict(each)
        assert (result.norm, result.epsilons) == ("rewrites", (1.0, 3.0))
        assert each["figures"]["raw_success"] is None
        assert each["figures"]["curve"] == [[cost, share] for cost, share in result.curve()]
    assert not Path("a.json.parts").exists()


def test_what_was_finished_is_not_attacked_again(
    here: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from garrison.pipelines import attack_shards

    monkeypatch.setattr(attack_shards, "SHARD", 2)
    asked = [*ASKED, "--attack", "rewrite_search", "--out"]
    assert run_command([*asked, "whole.json"]) == 0
    with stopped_after(2, UrlAttack):
        assert run_command([*asked, "b.json"]) == 130
    capfd.readouterr()
    assert run_command([*asked, "b.json"]) == 0
    assert "resumed:  2 shards" in capfd.readouterr().out
    whole, resumed = first_attacks("whole.json", "b.json")
    assert whole["outcomes"] == resumed["outcomes"]


@pytest.mark.parametrize(
    ("model", "arguments", "code", "said"),
    [
        ("./detector", ["--attack", "leaf_walk"], 16, "the detector reads URLs"),
        ("./detector", ["--attack", "leaf_walk"], 16, "homoglyphs, subdomain_stuffing"),
        ("./detector", ["--attack", "homoglyph"], 2, "there is no attack 'homoglyph'"),
        ("./detector", ["--norm", "l2"], 2, "whose rewrites are counted"),
        ("./detector", ["--features", "f.json"], 2, "decided by the host"),
        ("./detector", ["--epsilon", "0.5"], 2, "0.5 rewrites are none"),
        ("./columns", ["--attack", "homoglyphs"], 16, "homoglyphs rewrites URLs"),
        ("./columns", ["--attack", "homoglyphs"], 16, "leaf_walk, exact_trees"),
    ],
)
def test_what_cannot_be_done_is_said(
    here: Path, model: str, arguments: list[str], code: int, said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["attack", model, "--data", "urls.csv", *arguments]) == code
    error = " ".join(capfd.readouterr().err.split())
    assert said in error
    assert "Traceback" not in error


@pytest.mark.parametrize("rows", ["0", "-3"])
def test_rows_are_looked_at_before_data_are(here: Path, rows: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert run_command(["attack", "./detector", "--data", "nowhere.csv", "--rows", rows]) == 2
    assert f"{rows} rows are to be attacked" in capfd.readouterr().err
