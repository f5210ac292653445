"""Bad events end in a clear error or a counted quarantine: no traceback, no row lost, nothing half-written."""

import csv
import io
import json
import os
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from packets import connection, ethernet, icmp, ipv4, pcap

from garrison.cli.main import run_command
from garrison.data.configs import config_folder
from garrison.data.simulator import write_simulated
from garrison.data.stores import open_store

EVENTS = 600
DEFAULTS = config_folder("threats") / "features.json"
QUICK = (
    *("--set", "training.folds=2", "--set", "training.held_out_attacks=false", "--set", "jobs=1"),
    *("--set", "tracking.enabled=false", "--set", "evaluation.repeats=50"),
)
LINEAR = ("--set", "training.families=[logistic_regression]")
Edit = Callable[[list[dict[str, str]]], Any]


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, str]]:
    path = tmp_path_factory.mktemp("events") / "events.csv"
    write_simulated(path, EVENTS, seed=0, malicious_share=0.3)
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@dataclass
class Place:
    """A folder to work in, and what the command line said there."""

    folder: Path
    good: list[dict[str, str]]
    capfd: pytest.CaptureFixture[str]
    said: str = field(default="")

    def data(self, name: str = "events.csv", /, **cells: tuple[str, Iterable[int]]) -> Path:
        """A CSV file of the good events; ``column=(value, rows)`` puts another value into rows, from 1."""
        rows = [dict(row) for row in self.good]
        for column, (value, numbers) in cells.items():
            for number in numbers:
                rows[number - 1][column] = value
        return self.write(name, as_csv(rows))

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def features(self, name: str, edit: Callable[[dict[str, Any]], Any]) -> Path:
        facts = json.loads(DEFAULTS.read_text(encoding="utf-8"))
        edit(facts)
        return self.write(name, json.dumps(facts))

    def call(self, *arguments: object) -> int:
        code = run_command([str(argument) for argument in arguments])
        self.said = self.capfd.readouterr().err
        assert "Traceback" not in self.said
        assert code != 70, self.said
        assert list(self.folder.rglob("*.part")) == []
        return code

    def run(self, data: object, *more: object) -> int:
        """`garrison run threats`, as far as the ingestion unless told otherwise."""
        until = () if "--until" in more else ("--until", "ingestion")
        workspace = ("--workspace", self.folder / "work", "--name", "bad")
        return self.call("run", "threats", "--data", data, *workspace, *LINEAR, *QUICK, *until, *more)

    def train(self, data: object, *more: object) -> int:
        """`garrison train`, of a logistic regression unless told otherwise."""
        kind = () if "--model-type" in more else ("--model-type", "logistic_regression")
        out = () if "--output-dir" in more else ("--output-dir", self.folder / "models" / "experimental")
        workspace = ("--workspace", self.folder / "work", "--name", "bad")
        return self.call("train", "--data", data, *workspace, *kind, *out, *QUICK, *more)

    def fails(self, code: int, *said: str, by: Iterable[int]) -> None:
        """Each command fails with this code, and says what, where, what was expected and this."""
        for found in by:
            assert found == code, self.said
            assert "garrison: " in self.said
            assert "\n  where: " in self.said or "\n  expected: " in self.said
            for text in said:
                assert text in self.said
        assert not list(self.folder.rglob("models/production/*"))
        assert not list(self.folder.rglob("models/experimental/*"))

    @property
    def refused(self) -> list[dict[str, Any]]:
        path = self.folder / "work" / "runs" / "bad" / "refused.jsonl"
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []

    @property
    def ingestion(self) -> dict[str, Any]:
        path = self.folder / "work" / "runs" / "bad" / "stages" / "ingestion" / "artifact.json"
        facts: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["artifact"]
        return facts

    def kept(self, part: str) -> list[dict[str, Any]]:
        path = self.folder / "work" / "runs" / "bad" / "stages" / "ingestion" / f"{part}.parquet"
        rows: list[dict[str, Any]] = pq.read_table(path).to_pylist()
        return rows

    def counted(self, read: int) -> None:
        """Rows read = rows kept + rows in the quarantine."""
        facts = self.ingestion
        assert facts["refused"] == len(self.refused)
        assert facts["train_rows"] + facts["test_rows"] == facts["rows"]
        assert len(self.kept("train")) + len(self.kept("test")) == facts["rows"]
        assert facts["rows"] + len(self.refused) == read


def as_csv(rows: list[dict[str, str]]) -> str:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


@pytest.fixture
def place(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    good: list[dict[str, str]],
) -> Place:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GARRISON_PSEUDONYM_KEY", "ab" * 32)
    monkeypatch.setenv("GARRISON_OFFLINE", "1")
    monkeypatch.delenv("GARRISON_WORKSPACE", raising=False)
    return Place(tmp_path, good, capfd)


def without(column: str) -> Edit:
    return lambda rows: [row.pop(column) for row in rows]


def everywhere(column: str, value: str) -> Edit:
    return lambda rows: [row.update({column: value}) for row in rows]


FILES: dict[str, tuple[Edit, int, tuple[str, ...]]] = {
    "missing column": (without("payload_len"), 6, ("missing columns: 'payload_len'", "network_events")),
    "label absent": (without("is_malicious"), 6, ("'is_malicious'",)),
    "extra column": (everywhere("more", "1"), 6, ("unexpected columns: 'more'", "to do: ")),
    "misspelt column": (
        lambda rows: [row.update({"payload_length": row.pop("payload_len")}) for row in rows],
        6,
        ("is 'payload_length' meant to be 'payload_len'?",),
    ),
    "half of past behaviour": (everywhere("past_10s_events", "1"), 6, ("past behaviour", "process the raw")),
    "one class": (everywhere("is_malicious", "false"), 6, ("all 600 labels are negative", "both classes")),
    "all of one class": (everywhere("is_malicious", "1"), 6, ("all 600 labels are positive",)),
    "no label that is one": (
        everywhere("is_malicious", "yes"),
        6,
        ("all 600 rows are refused", "is_malicious: not true or false", "refused.jsonl"),
    ),
    "a needed column of nothing": (
        everywhere("payload_len", ""),
        6,
        ("all 600 rows are refused", "payload_len: missing", "events.csv", "refused.jsonl"),
    ),
    "all from one moment": (everywhere("timestamp", "2024-01-08T08:00:00Z"), 5, ("1 different times",)),
    "no row": (lambda rows: rows.clear(), 5, ("the file has no rows",)),
}


@pytest.mark.parametrize("case", FILES)
def test_a_file_that_cannot_be_learned_from_is_a_clear_error(case: str, place: Place) -> None:
    edit, code, said = FILES[case]
    rows = [dict(row) for row in place.good]
    header = ",".join(rows[0]) + "\n"
    edit(rows)
    data = place.write("events.csv", as_csv(rows) if rows else header)
    place.fails(code, *said, by=[place.run(data)])
    record = json.loads((place.folder / "work" / "runs" / "bad" / "run.json").read_text(encoding="utf-8"))
    assert (record["status"], record["exit_code"]) == ("failed", code)
    place.fails(code, *said, by=[place.train(data, "--name", "again")])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the file is empty"),
        (b"\n\n", "the file is empty"),
        (bytes(range(256)) * 9, "not text"),
        (
            b'timestamp,src_ip,protocol,payload_len,is_malicious\n"2024-01-01,1.2.3.4,tcp,5,0\n',
            "a quote opens and never closes",
        ),
    ],
    ids=["empty", "blank", "binary", "open quote"],
)
def test_a_file_that_is_no_table_is_a_clear_error(content: bytes, said: str, place: Place) -> None:
    data = place.write("events.csv", content)
    place.fails(5, said, str(data), by=[place.run(data)])
    place.fails(5, said, str(data), by=[place.train(data, "--name", "again")])


ROWS: dict[str, tuple[str, str, str]] = {
    "wrong type": ("payload_len", "many", "payload_len: not an integer"),
    "negative length": ("payload_len", "-1", "payload_len: below the minimum 0"),
    "protocol not listed": ("protocol", "sctp", "protocol: not one of tcp, udp, icmp"),
    "in the future": ("timestamp", "2199-01-01T00:00:00Z", "timestamp: in the future"),
    "no time": ("timestamp", "yesterday", "timestamp: not a timestamp"),
    "impossible port": ("dst_port", "65536", "dst_port: above the maximum 65535"),
    "endless": ("duration", "inf", "duration: infinite"),
    "no label": ("is_malicious", "", "is_malicious: missing"),
    "no protocol": ("protocol", "", "protocol: missing"),
}


@pytest.mark.parametrize("case", ROWS)
def test_a_bad_row_is_refused_and_counted(case: str, place: Place) -> None:
    column, value, reason = ROWS[case]
    assert place.run(place.data(**{column: (value, [7, 300])})) == 0
    assert [(row["row"], row["reason"]) for row in place.refused] == [(7, reason), (300, reason)]
    assert value in place.refused[0]["content"]
    assert place.good[6]["src_ip"] not in place.refused[0]["content"], (
        "no address is kept, in refused rows too"
    )
    assert "refused.jsonl" in place.said
    place.counted(EVENTS)


def test_broken_rows_in_the_middle_are_refused_and_counted(place: Place) -> None:
    lines = as_csv(place.good).splitlines()
    broken = [*lines[:300], "1,2", "x" * 5000, lines[300] + ",1", *lines[300:]]
    assert place.run(place.write("events.csv", "\n".join(broken) + "\n")) == 0
    assert [(row["row"], row["reason"]) for row in place.refused] == [
        (300, "2 cells instead of 13"),
        (301, "1 cells instead of 13"),
        (302, "14 cells instead of 13"),
    ]
    place.counted(EVENTS + 3)
    assert place.ingestion["rows"] == EVENTS


def test_training_goes_on_with_what_is_good_and_says_what_was_refused(place: Place) -> None:
    data = place.data(
        payload_len=("-1", range(1, 21)),
        protocol=("sctp", range(11, 31)),
        dst_port=("", range(1, EVENTS + 1)),
    )
    assert place.train(data, "--set", "validation.most_refused=0.1") == 0
    assert [row["row"] for row in place.refused] == list(range(1, 31))
    assert {row["reason"] for row in place.refused[:10]} == {"payload_len: below the minimum 0"}
    place.counted(EVENTS)
    report = (place.folder / "work" / "runs" / "bad" / "report.html").read_text(encoding="utf-8")
    assert "30 rows refused (5.00%)" in report
    assert (place.folder / "models" / "experimental" / "threats" / "1" / "detector").is_dir()
    assert not (place.folder / "models" / "production").exists()


def test_more_refused_rows_than_the_settings_allow_stop_the_run(place: Place) -> None:
    data = place.data(protocol=("sctp", range(1, 31)))
    place.fails(3, "30 rows refused (5.00%)", by=[place.train(data)])
    assert [row["row"] for row in place.refused] == list(range(1, 31))


def test_the_order_of_the_rows_changes_nothing(place: Place) -> None:
    rows = list(place.good)
    random.Random(3).shuffle(rows)
    found = []
    for name, given in (("ordered", place.good), ("shuffled", rows)):
        data = place.write(f"{name}.csv", as_csv(given))
        until = ("--until", "training", "--workspace", place.folder / name)
        assert place.run(data, *until) == 0
        stages = place.folder / name / "runs" / "bad" / "stages"
        training = json.loads((stages / "training" / "artifact.json").read_text(encoding="utf-8"))["artifact"]
        parts = [pq.read_table(stages / "ingestion" / f"{part}.parquet") for part in ("train", "test")]
        found.append((parts, training["threshold"], training["leaderboard"]))
    assert found[0][0] == found[1][0]
    assert found[0][1:] == found[1][1:]
    past = found[0][0][0].column("past_600s_events").to_pylist()
    assert max(past) > 0


@pytest.mark.parametrize("column", ["dst_port", "service", "failed", "duration", "src_ip", "attack_type"])
def test_a_column_of_nothing_that_may_be_missing_is_no_reason_to_stop(column: str, place: Place) -> None:
    data = place.data(**{column: ("", range(1, EVENTS + 1))})
    assert place.run(data, "--until", "transformation") == 0
    place.counted(EVENTS)
    assert place.refused == []


def test_text_where_everywhere_a_number_was_meant(place: Place) -> None:
    """A whole column of another type is no quarantine of all rows but one."""
    data = place.data(duration=("long", range(1, EVENTS)))
    place.fails(6, "1 labels are", by=[place.run(data)])
    assert len(place.refused) == EVENTS - 1


def test_a_truncated_capture_is_taken_as_far_as_it_goes(place: Place) -> None:
    ping = ethernet(ipv4("10.1.1.1", "10.1.1.2", 1, icmp(8, b"ping")))
    whole = pcap([*connection(start=1.7e9), (1.7e9 + 9, ping)])
    url = f"duckdb:///{place.folder / 'flows.duckdb'}"
    store = ("--into", url, "--workspace", place.folder / "work")
    for cut, said in (
        (6, "54 of its 60 bytes"),
        (59, "1 of its 60 bytes"),
        (70, "6 of the 16 bytes of its head"),
    ):
        data = place.write(f"cut{cut}.pcap", whole[:-cut])
        features = ("--features", DEFAULTS, "--no-label")
        assert place.call("ingest", data, *store, "--collection", f"c{cut}", *features) == 0
        refused = (place.folder / f"{data.name}.refused.jsonl").read_text(encoding="utf-8").splitlines()
        assert len(refused) == 1
        assert "packet: cut off" in refused[0]
        assert said in refused[0]
        with open_store(url) as flows:
            assert flows.count(f"c{cut}") == 1, "the connection before the cut is whole"
    for cut, said in ((12, "ends in its header"), (24, "the file has no rows")):
        data = place.write(f"head{cut}.pcap", whole[:cut])
        place.fails(5, said, data.name, by=[place.call("ingest", data, *store, "--collection", "none")])
    place.fails(6, "--no-label", by=[place.run(place.write("flows.pcap", whole))])


CONTRADICTIONS: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "windows of no column": (lambda facts: facts["windows"].update(source="src"), "did you mean 'src_ip'?"),
    "windows without time": (lambda facts: facts.pop("time"), "there are windows but no time"),
    "a range of nothing": (
        lambda facts: facts["columns"][3].update(minimum=10, maximum=1),
        "the minimum 10 is above the maximum 1",
    ),
    "two labels": (
        lambda facts: facts["columns"].append({"name": "bad", "type": "boolean", "role": "label"}),
        "two columns are labels",
    ),
    "an address as a feature": (lambda facts: facts["columns"][1].update(role="feature"), "pseudonym"),
}


@pytest.mark.parametrize("case", CONTRADICTIONS)
def test_a_features_file_that_contradicts_itself(case: str, place: Place) -> None:
    edit, said = CONTRADICTIONS[case]
    path = place.features("own.json", edit)
    data = place.data()
    place.fails(6, said, "own.json", by=[place.run(data, "--set", f"ingestion.features={path}")])
    place.fails(6, said, "own.json", by=[place.train(data, "--features", path)])
    assert not (place.folder / "work" / "runs").exists(), "found before anything is begun"


def test_a_known_trap_is_an_error_on_the_command_line(place: Place) -> None:
    facts = json.loads((config_folder("threats") / "unsw_nb15.json").read_text(encoding="utf-8"))
    facts["columns"][0]["role"] = "feature"
    path = place.write("own.json", json.dumps(facts))
    place.fails(6, "'id' is a feature", "role ignore", by=[place.train(place.data(), "--features", path)])


def test_an_unknown_model_type_is_met_with_the_nearest_name(place: Place) -> None:
    data = place.data()
    code = place.train(data, "--model-type", "xgbost")
    place.fails(2, "'xgbost'", "did you mean xgboost?", "isolation_forest", by=[code])
    code = place.run(data, "--set", "training.families=[xgbost]")
    place.fails(2, "did you mean xgboost?", by=[code])
    assert not (place.folder / "work" / "runs").exists()


def test_data_that_are_none_of_what_data_may_be(place: Place) -> None:
    for name, said in (
        ("absent.csv", "no such file"),
        ("nsl_kd", "nsl_kdd"),
        ("simulated:", "simulated:EVENTS"),
        ("simulated:___", "simulated:EVENTS"),
        ("simulated:5", "1,000 to 10,000,000"),
        ("simulated:0", "1,000 to 10,000,000"),
        ("simulated:99_999_999", "1,000 to 10,000,000"),
    ):
        place.fails(5, said, by=[place.run(name, "--name", f"x{abs(hash(name))}")])
    place.fails(5, "1,000 to 10,000,000", by=[place.train("simulated:5")])
    assert not (place.folder / "work" / "simulated").exists()


def binary(path: Path) -> None:
    path.write_bytes(bytes(range(256)) * 9)


def other_kind(path: Path) -> None:
    path.with_suffix(".md").write_text("# how these came", encoding="utf-8")


def dangling(path: Path) -> None:
    path.symlink_to("nowhere.csv")


def unreadable(path: Path) -> None:
    if not Path("/proc/self/mem").exists():
        pytest.skip("needs a file that can be opened and not read")
    path.symlink_to("/proc/self/mem")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (binary, "not text"),
        (other_kind, "tells no format"),
        (dangling, "a link leads nowhere"),
        (os.mkfifo, "not a file"),
        (unreadable, "cannot read the file"),
    ],
)
def test_no_file_of_a_folder_is_passed_over(make: Callable[[Path], Any], said: str, place: Place) -> None:
    data = place.data("data/a.csv")
    make(data.with_name("b.csv"))
    place.fails(5, said, "data/b.", by=[place.run(data.parent)])
    place.fails(5, said, "data/b.", by=[place.train(data.parent, "--name", "again")])


def test_an_empty_folder_and_an_unreadable_file(place: Place) -> None:
    (place.folder / "none").mkdir()
    place.fails(5, "the folder has no files", by=[place.run(place.folder / "none")])
    unreadable(place.folder / "b.csv")
    ingest = ("ingest", place.folder / "b.csv", "--into", f"duckdb:///{place.folder / 'a.duckdb'}")
    place.fails(5, "cannot read the file", "b.csv", by=[place.call(*ingest, "--collection", "c")])


def test_a_folder_is_read_whole_and_counted(place: Place) -> None:
    rows = [dict(row) for row in place.good]
    rows[399]["payload_len"] = "-1"
    place.write("data/b.csv", as_csv(rows[300:]))
    place.write("data/a.csv", as_csv(rows[:300]))
    assert place.run(place.folder / "data") == 0
    assert [(row["source"], row["row"]) for row in place.refused] == [("b.csv", 100)]
    place.counted(EVENTS)


def test_a_split_that_the_data_do_not_allow(place: Place) -> None:
    data = place.data()
    code = place.run(data, "--set", "ingestion.split=official")
    place.fails(2, "no official test part", "ingestion.test=[FILE]", by=[code])

    def timeless(facts: dict[str, Any]) -> None:
        del facts["time"], facts["windows"]

    features = place.features("timeless.json", timeless)
    more = ("--set", "ingestion.split=time", "--set", f"ingestion.features={features}", "--name", "again")
    place.fails(2, "no time to split by", "split=groups", by=[place.run(data, *more)])
    late = place.data("late.csv", is_malicious=("false", range(400, EVENTS + 1)))
    code = place.train(late, "--name", "late")
    place.fails(5, "the later part has rows of one class only", "ingestion.split=groups", by=[code])
    code = place.run(data, "--set", "ingestion.test=[absent.csv]", "--name", "absent")
    place.fails(5, "absent.csv", by=[code])


@pytest.mark.parametrize("names", ["absent", "empty", "all alike"])
def test_a_threshold_for_unknown_attacks_needs_attacks_with_names(
    names: str, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(*_: object, **__: object) -> None:
        raise AssertionError("found only after something was learnt")

    monkeypatch.setattr("garrison.pipelines.stages.training.search", late)
    rows = [dict(row) for row in place.good]
    for row in rows:
        row["attack_type"] = "worm" if names == "all alike" else ""
        if names == "absent":
            del row["attack_type"]
    data = place.write("events.csv", as_csv(rows))
    code = place.train(data, "--set", "training.threshold=unknown-attacks")
    said = "all attacks are 'worm'" if names == "all alike" else "the attacks have no names"
    place.fails(2, "training.threshold", said, "role attack", "training.threshold=fpr=0.01", by=[code])


def test_what_was_just_trained_does_not_go_to_production(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = place.data()
    said = ("does not go to production", "models/experimental")
    place.fails(2, *said, by=[place.train(data, "--output-dir", "models/production")])
    (place.folder / "models" / "production").mkdir(parents=True)
    monkeypatch.chdir(place.folder / "models" / "production")
    place.fails(2, *said, by=[place.train(data, "--output-dir", ".")])
    assert not (place.folder / "work" / "runs").exists()


def test_without_labels_only_what_needs_none_learns(place: Place) -> None:
    data = place.data()
    code = place.train(data, "--unlabelled", "--model-type", "xgboost")
    place.fails(2, "xgboost learns from labels", "isolation_forest", by=[code])
    more = ("--model-type", "isolation_forest", "--set", "training.threshold=f1")
    place.fails(
        2, "placed by labels", "training.threshold=fpr=0.01", by=[place.train(data, "--unlabelled", *more)]
    )
    assert not (place.folder / "work" / "runs").exists(), "no run is begun that cannot end"


def test_unlabelled_bad_rows_are_refused_and_counted(place: Place) -> None:
    rows = [dict(row) for row in place.good]
    for row in rows:
        del row["is_malicious"], row["attack_type"]
    rows[9]["payload_len"] = "-1"
    data = place.write("events.csv", as_csv(rows))
    more = (
        "--model-type",
        "isolation_forest",
        "--unlabelled",
        "--set",
        "training.params={isolation_forest: {trees: 20}}",
    )
    assert place.train(data, *more) == 0, place.said
    assert [(row["row"], row["reason"]) for row in place.refused] == [
        (10, "payload_len: below the minimum 0")
    ]
    assert place.ingestion["rows"] + place.ingestion["refused"] == EVENTS
    assert place.ingestion["refused"] == 1


def test_a_run_of_one_pipeline_is_not_resumed_as_another(place: Place) -> None:
    assert place.run(place.data()) == 0
    resume = ("--resume", "bad", "--workspace", place.folder / "work")
    code = place.call("run", "phishing", *resume)
    assert code == 2
    assert "one of the threats pipeline" in place.said
    assert "garrison run threats --resume bad" in place.said
    assert place.call("run", "threats", *resume, "--until", "ingestion") == 0
    code = place.call("run", "threats", "--resume", "other", "--workspace", place.folder / "work")
    place.fails(2, "there is no run 'other'", "one of: bad", by=[code])


def stored(place: Place, data: Path, collection: str) -> str:
    """The URL of a store into which the data were loaded as they are, without a features file."""
    url = f"duckdb:///{place.folder / 'mine.duckdb'}"
    assert place.call("ingest", data, "--into", url, "--collection", collection) == 0
    return url


def test_a_store_without_a_collection(place: Place) -> None:
    url = f"duckdb:///{place.folder / 'none.duckdb'}"
    place.fails(2, "which collection", "the store is empty", by=[place.run(url)])
    url = stored(place, place.data(), "one")
    stored(place, place.data(), "two")
    place.fails(2, "which collection", "one of: one, two", by=[place.run(url, "--name", "again")])
    code = place.train(url, "--collection", "three", "--name", "third")
    place.fails(2, "no collection 'three'", "one of: one, two", by=[code])


def test_a_store_that_lacks_a_column(place: Place) -> None:
    rows = [dict(row) for row in place.good]
    without("payload_len")(rows)
    url = stored(place, place.write("events.csv", as_csv(rows)), "one")
    place.fails(6, "payload_len", by=[place.run(url)])


def test_rows_of_a_store_are_refused_and_counted_by_their_place(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also those without a value, and those behind the first batch."""
    from garrison.data.stores.base import Store

    whole = Store.scan

    def piecewise(self: Store, collection: str, **more: Any) -> Any:
        return whole(self, collection, **(more | {"batch_rows": 100}))

    monkeypatch.setattr(Store, "scan", piecewise)
    url = stored(place, place.data(payload_len=("", [5, 250]), protocol=("10.20.0.77", [599])), "one")
    assert place.run(url) == 0, place.said
    assert [(row["row"], row["reason"]) for row in place.refused] == [
        (5, "payload_len: missing"),
        (250, "payload_len: missing"),
        (599, "protocol: not one of tcp, udp, icmp"),
    ]
    assert place.refused[0]["content"] == ""
    assert "10.20.0.77" not in json.dumps(place.refused)
    place.counted(EVENTS)


def test_addresses_that_a_store_holds_as_they_are_go_no_further(place: Place) -> None:
    url = stored(place, place.data(src_ip=("", [3])), "one")
    assert place.run(url) == 0
    rows = [*place.kept("train"), *place.kept("test")]
    assert len(rows) == EVENTS
    assert all(row["dst_ip"].startswith("ip_") for row in rows)
    assert sum(row["src_ip"] is None for row in rows) == 1
    assert len({row["dst_ip"] for row in rows}) == len({row["dst_ip"] for row in place.good})
    by_file = place.run(place.data(src_ip=("", [3])), "--workspace", place.folder / "file")
    assert by_file == 0
    kept = pq.read_table(place.folder / "file" / "runs" / "bad" / "stages" / "ingestion" / "train.parquet")
    assert kept.to_pylist() == place.kept("train"), "the same events by either road"
