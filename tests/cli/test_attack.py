"""`garrison attack` as a person types it."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from broken_off import first_attacks, stopped_after
from small_attacks import FEATURES, changeable_detector, changeable_flows

from garrison.attacks.evasion import AttackResult, EvasionAttack
from garrison.cli.main import run_command
from garrison.data.stores import open_store
from garrison.detection import save_detector


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("attack")
    save_detector(changeable_detector("xgboost", trees=6, max_depth=3), folder / "detector")
    pq.write_table(changeable_flows(150, seed=3), folder / "flows.parquet")
    return folder


@pytest.fixture
def here(place: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(place)
    return place


ASKED = ["attack", "./detector", "--data", "flows.parquet", "--rows", "8", "--attack"]


def test_an_attack_is_run_told_and_written(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    asked = [*ASKED, "random_search", "--epsilon", "1", "--epsilon", "2", "--no-raw", "--out", "a.json"]
    assert run_command(asked) == 0
    said = capfd.readouterr().out
    assert "detected at 2" in said
    assert "too_few_samples" in said
    assert "example:  random_search: row" in said
    facts = json.loads(Path("a.json").read_text("utf-8"))
    result = AttackResult.from_dict(facts["attacks"][0])
    assert result.epsilons == (1.0, 2.0)
    assert facts["attacks"][0]["figures"]["detection_after"] == result.detection_after
    assert not Path("a.json.parts").exists()


def test_what_was_finished_is_not_attacked_again(
    here: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from garrison.pipelines import attack_shards

    monkeypatch.setattr(attack_shards, "SHARD", 4)
    asked = [*ASKED, "coordinate_search", "--no-raw", "--out"]
    assert run_command([*asked, "whole.json"]) == 0
    with stopped_after(1, EvasionAttack):
        assert run_command([*asked, "b.json"]) == 130
    assert len(list(Path("b.json.parts").iterdir())) == 1
    capfd.readouterr()
    assert run_command([*asked, "b.json"]) == 0
    assert "resumed:  1 shards" in capfd.readouterr().out
    whole, resumed = first_attacks("whole.json", "b.json")
    assert whole["outcomes"] == resumed["outcomes"]


def test_rows_of_a_collection_are_refused_by_their_place_in_it(
    here: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from garrison.pipelines.watching import events

    monkeypatch.setattr(events, "BATCH_ROWS", 32)
    flows = pq.read_table("flows.parquet").slice(0, 100)
    refused = [3, 40, 41, 97]
    bytes_ = [None if row in refused else value for row, value in enumerate(flows["bytes"].to_pylist(), 1)]
    flows = flows.set_column(flows.column_names.index("bytes"), "bytes", pa.array(bytes_, pa.int64()))
    with open_store("duckdb:///flows.db") as store:
        # The order of a scan is that of the key.
        store.append("flows", flows.append_column("place", pa.array(range(1, 101))), key=["place"])
    attack = [
        "attack",
        "./detector",
        "--data",
        "duckdb:///flows.db",
        "--rows",
        "4",
        "--attack",
        "random_search",
    ]
    assert run_command([*attack, "--no-raw", "--collection", "flows"]) == 0
    assert "refused:  4 rows" in capfd.readouterr().out
    lines = [json.loads(line) for line in Path("attacks/refused.jsonl").read_text("utf-8").splitlines()]
    assert [line["row"] for line in lines] == refused
    assert all(line["reason"].startswith("bytes: ") for line in lines)
    assert {line["source"] for line in lines} == {"collection flows"}
    assert run_command([*attack, "--no-raw"]) == 2
    assert "one of: flows" in " ".join(capfd.readouterr().err.split())


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--data", "flows.parquet", "--attack", "leaf_wlak"], 2, "there is no attack 'leaf_wlak'"),
        (["--data", "flows.parquet", "--attack", "gradient"], 16, "needs the model's gradients"),
        (["--data", "flows.parquet", "--norm", "l7"], 2, "there is no norm"),
        (["--data", "flows.parquet", "--seconds", "0"], 2, "no budget"),
        (["--data", "flows.parquet", "--epsilon", "-1"], 2, "not above 0"),
        (["--data", "one.parquet"], 6, "labels are positive"),
        (["--data", "other.parquet"], 6, "missing columns"),
        (["--data", "empty.parquet"], 5, "no events to attack"),
        (["--data", "flows.parquet", "--features", "fixed.json"], 6, "can change no feature"),
        (["--data", "flows.parquet", "--features", "never.json"], 6, "contradicts the bounds"),
        (["--data", "flows.parquet", "--features", "less.json"], 6, "differ in errors"),
    ],
)
def test_what_cannot_be_done_is_said(
    here: Path, arguments: list[str], code: int, said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    flows = pq.read_table("flows.parquet")
    pq.write_table(flows.filter(pa.compute.equal(flows["bad"], 1)), "one.parquet")
    pq.write_table(flows.drop_columns(["bytes"]), "other.parquet")
    nan = pa.array([float("nan")] * flows.num_rows)
    pq.write_table(flows.set_column(flows.column_names.index("errors"), "errors", nan), "empty.parquet")
    plain = [
        {key: value for key, value in column.items() if key != "attacker"} for column in FEATURES["columns"]
    ]
    Path("fixed.json").write_text(json.dumps({**FEATURES, "columns": plain, "relations": []}))
    Path("never.json").write_text(json.dumps({**FEATURES, "relations": ["errors >= 2"]}))
    less = [column for column in FEATURES["columns"] if column["name"] != "errors"]
    Path("less.json").write_text(json.dumps({**FEATURES, "columns": less}))
    assert run_command(["attack", "./detector", "--rows", "4", *arguments]) == code
    error = capfd.readouterr().err
    assert said in error
    assert "Traceback" not in error


def test_results_are_written_over_nothing_that_is_read_and_to_no_folder(
    here: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    before = Path("flows.parquet").read_bytes()
    for out, said in (
        ("flows.parquet", "over the data"),
        (".", "a folder cannot be"),
        ("detector", "a folder"),
    ):
        assert run_command([*ASKED, "random_search", "--out", out]) == 2
        assert said in capfd.readouterr().err
    assert Path("flows.parquet").read_bytes() == before


def test_relations_that_no_event_obeys_are_named(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for holds in ("packets >= packets + 1", "packets >= 100000000"):
        facts = {**FEATURES, "relations": [*FEATURES["relations"], holds]}
        Path("none.json").write_text(json.dumps(facts), encoding="utf-8")
        assert run_command([*ASKED, "random_search", "--features", "none.json"]) == 6
        assert holds in capfd.readouterr().err


@pytest.mark.parametrize("seed", ["-1", "99999999999999999999"])
def test_a_seed_that_is_none_is_refused(here: Path, seed: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert run_command([*ASKED, "random_search", "--seed", seed]) == 2
    assert f"'--seed': {seed} is not in the range" in capfd.readouterr().err
