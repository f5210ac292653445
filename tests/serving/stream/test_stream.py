"""A whole stream: what it writes, what it counts, how it stops, and what it does when a disk is full."""

import errno
import io
import json
import os
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from event_lines import event_lines
from small_events import EVENTS_SCHEMA
from streaming import QUICK, read, run, running, scores, until

from garrison.data.schema import Schema
from garrison.detection import FAMILIES, Detector, Threshold
from garrison.errors import IntegrityError, OutputError, RunBusy, UsageError
from garrison.features import TabularProcessor
from garrison.features.frames import as_tables
from garrison.serving.stream import Pace
from garrison.serving.stream.checkpoint import Checkpoint
from garrison.serving.stream.scoring import Scorer


@pytest.fixture
def events(tmp_path: Path) -> Path:
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"\n".join(event_lines(150)) + b"\n")
    return path


def test_the_scores_are_those_of_the_detector_for_the_whole(
    detector: Detector, events: Path, tmp_path: Path
) -> None:
    rows = [json.loads(line) for line in event_lines(150)]
    expected = detector.score(pa.concat_tables(list(as_tables(rows))))
    for number, pace in enumerate((QUICK, Pace(batch_rows=1), Pace())):
        folder = tmp_path / str(number)
        folder.mkdir()
        summary = run(detector, folder, events, folder / "out.jsonl", pace=pace)
        found = read(folder / "out.jsonl")
        assert np.allclose(scores(found), expected, rtol=1e-12)
        assert [each["malicious"] for each in found] == (expected >= detector.threshold.value).tolist()
        assert summary.now.events == 150
        assert summary.now.alerts == int((expected >= detector.threshold.value).sum()) > 0
        assert summary.now.late == summary.now.refused == 0


def test_a_verdict_names_its_event_and_hides_its_addresses(detector: Detector, tmp_path: Path) -> None:
    event = {**json.loads(event_lines(1)[0]), "src_ip": "10.9.8.7"}
    lines = [
        json.dumps(event).encode(),
        b'{"src_ip": "10.9.8.7", broken',
        json.dumps({**event, "protocol": "x"}).encode(),
    ]
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"\n".join(lines) + b"\n")
    for show, names in (
        ("none", None),
        ("context", {"timestamp", "src_ip", "dst_ip", "simulated"}),
        ("all", {*EVENTS_SCHEMA.names} - {"is_malicious", "attack_type"}),
    ):
        folder = tmp_path / show
        folder.mkdir()
        run(detector, folder, path, folder / "out.jsonl", show=show)
        (verdict,) = read(folder / "out.jsonl")
        assert (set(verdict["event"]) if names else verdict.get("event")) == names
        refused = read(folder / "refused.jsonl")
        assert [each["reason"] for each in refused] == ["not JSON", "protocol: not one of tcp, udp, icmp"]
        written = (folder / "out.jsonl").read_text() + (folder / "refused.jsonl").read_text()
        assert "10.9.8.7" not in written
        assert show == "none" or "ip_" in json.dumps(verdict["event"])


def test_only_alerts(detector: Detector, events: Path, tmp_path: Path) -> None:
    run(detector, tmp_path, events, tmp_path / "all.jsonl")
    (tmp_path / "state").unlink()
    summary = run(detector, tmp_path, events, tmp_path / "alerts.jsonl", alerts_only=True)
    alerts = [each["event"] for each in read(tmp_path / "all.jsonl") if each["malicious"]]
    assert [each["event"] for each in read(tmp_path / "alerts.jsonl")] == alerts
    assert summary.now.alerts == len(alerts) > 0
    assert summary.now.events == 150


def test_late_events_are_scored_and_marked(detector: Detector, tmp_path: Path) -> None:
    lines = event_lines(60)
    # A few seconds behind a later one an event still sees all of its past; minutes behind, it may not.
    lines[3], lines[4] = lines[4], lines[3]
    lines.insert(50, lines.pop(8))
    (tmp_path / "events.jsonl").write_bytes(b"\n".join(lines) + b"\n")
    summary = run(detector, tmp_path, tmp_path / "events.jsonl", tmp_path / "out.jsonl")
    assert summary.now.late == 1
    assert [place for place, each in enumerate(read(tmp_path / "out.jsonl")) if each.get("late")] == [50]


class Killed(BaseException):
    """Stands for the end of a process at this very point."""


@pytest.mark.parametrize("checkpoint_s", [0.0, 1e9])
def test_the_report_says_exactly_how_many_were_scored_twice(
    detector: Detector, events: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, checkpoint_s: float
) -> None:
    scored: Counter[str] = Counter()
    real = Scorer.score
    until_break = 4

    def watched(self: Scorer, taken: Any) -> Any:
        nonlocal until_break
        found = real(self, taken)
        scored.update(taken.ids)
        return found

    def break_off(self: Any, *arguments: Any) -> None:
        nonlocal until_break
        until_break -= 1
        if until_break == 0:
            until_break = 5
            raise Killed
        real_write(self, *arguments)

    from garrison.serving.stream.appended import AppendedFile

    real_write = AppendedFile.write
    monkeypatch.setattr(Scorer, "score", watched)
    monkeypatch.setattr(AppendedFile, "write", break_off)
    pace = Pace(batch_rows=20, checkpoint_s=checkpoint_s)
    breaks = 0
    while breaks < 20:
        try:
            summary = run(detector, tmp_path, events, tmp_path / "out.jsonl", pace=pace)
            break
        except Killed:
            breaks += 1
            until_break += breaks  # without a checkpoint each must come further than the one before
    assert breaks > 0
    assert sum(count > 1 for count in scored.values()) == summary.whole.scored_twice > 0
    assert summary.whole.events == len(scores(read(tmp_path / "out.jsonl"))) == 150


def test_a_stop_drains_and_the_next_start_goes_on(detector: Detector, events: Path, tmp_path: Path) -> None:
    sink = tmp_path / "out.jsonl"
    with running(detector, tmp_path, events, sink, pace=Pace(batch_rows=40, checkpoint_s=1e9)) as stream:
        until(lambda: len(read(sink)) >= 40)
    assert stream.summary is not None
    assert stream.summary.why == "stopped by the test"
    assert len(read(sink)) == stream.summary.now.events
    with events.open("ab") as file:
        file.write(b"\n".join(event_lines(10, seed=4)) + b"\n")
    summary = run(detector, tmp_path, events, sink)
    assert summary.whole.events == len(scores(read(sink))) == 160
    assert summary.whole.scored_twice == 0


def test_a_full_disk_is_waited_for_and_nothing_is_lost_or_cut(
    detector: Detector, events: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sink, room = tmp_path / "out.jsonl", 5_000
    real = os.write

    def write(descriptor: int, content: bytes) -> int:
        nonlocal room
        if os.fstat(descriptor).st_ino != (sink.stat().st_ino if sink.exists() else -1):
            return real(descriptor, content)
        if not room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written = real(descriptor, content[:room])
        room -= written
        return written

    monkeypatch.setattr(os, "write", write)
    with running(detector, tmp_path, events, sink) as stream:
        until(lambda: stream.has_said("the disk is full"))
        assert all(json.loads(line) for line in sink.read_bytes().splitlines())
        room = 10**9
        until(lambda: len(read(sink)) == 150)
    assert stream.has_said("back after")
    assert stream.error is None
    assert len(scores(read(sink))) == 150


def test_a_stop_at_a_full_disk_is_an_error_and_loses_nothing(
    detector: Detector, events: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from garrison.serving.stream import appended

    def full(descriptor: int, content: bytes) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(appended, "append_whole", full)
        with running(detector, tmp_path, events, tmp_path / "out.jsonl") as stream:
            until(lambda: stream.has_said("the disk is full"))
    assert isinstance(stream.error, OutputError)
    summary = run(detector, tmp_path, events, tmp_path / "out.jsonl")
    assert len(scores(read(tmp_path / "out.jsonl"))) == 150
    assert summary.whole.scored_twice > 0


def test_a_sink_that_is_renamed_goes_on_under_its_old_name(
    detector: Detector, events: Path, tmp_path: Path
) -> None:
    sink = tmp_path / "out.jsonl"
    with running(detector, tmp_path, events, sink) as stream:
        until(lambda: len(read(sink)) == 150)
        sink.rename(tmp_path / "out.jsonl.1")
        for seed in (5, 6):
            with events.open("ab") as file:
                file.write(b"\n".join(event_lines(5, seed=seed)) + b"\n")
            wanted = 150 + 5 * (seed - 4)
            until(lambda: len(read(tmp_path / "out.jsonl.1") + read(sink)) == wanted)  # noqa: B023
    assert stream.error is None
    assert len(scores(read(tmp_path / "out.jsonl.1") + read(sink))) == 160
    # The rename is noticed at a checkpoint, which comes before the first of the new events or after them.
    assert len(read(sink)) in {5, 10}


def test_two_streams_do_not_share_a_state(detector: Detector, events: Path, tmp_path: Path) -> None:
    with running(detector, tmp_path, events, tmp_path / "out.jsonl") as stream:
        until(lambda: len(read(tmp_path / "out.jsonl")) == 150)
        with pytest.raises(RunBusy):
            run(detector, tmp_path, events, tmp_path / "out.jsonl")
    assert stream.error is None
    with pytest.raises(UsageError, match="another sink"):
        run(detector, tmp_path, events, tmp_path / "other.jsonl")


@pytest.mark.parametrize("damage", ["empty", "cut", "text", "pickle", "bytes", "version"])
def test_a_damaged_state_is_refused(detector: Detector, events: Path, tmp_path: Path, damage: str) -> None:
    run(detector, tmp_path, events, tmp_path / "out.jsonl")
    path = tmp_path / "state"
    content = bytearray(path.read_bytes())
    if damage == "cut":
        content = content[: len(content) // 2]
    elif damage == "bytes":
        content[len(content) // 2] ^= 0xFF
    elif damage in ("pickle", "version"):
        with zipfile.ZipFile(io.BytesIO(bytes(content))) as parts:
            names = {name: parts.read(name) for name in parts.namelist()}
        if damage == "version":
            names["facts.npy"] = names["facts.npy"].replace(b'"version": 1', b'"version": 9')
        else:
            held = io.BytesIO()
            np.save(held, np.array([{"a": 1}], dtype=object), allow_pickle=True)
            names["held.npy"] = held.getvalue()
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w") as parts:
            for name, part in names.items():
                parts.writestr(name, part)
        content = bytearray(made.getvalue())
    path.write_bytes({"empty": b"", "text": b"no state"}.get(damage, bytes(content)))
    with pytest.raises(IntegrityError, match="state is damaged"):
        run(detector, tmp_path, events, tmp_path / "out.jsonl")


def test_another_model_goes_on_without_the_memory_of_other_windows(
    detector: Detector, events: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import dataclasses

    run(detector, tmp_path, events, tmp_path / "out.jsonl")
    found = Checkpoint.read(tmp_path / "state", source=str(events), sink=str(tmp_path / "out.jsonl"))
    assert found is not None
    assert found.memory is not None
    other = dataclasses.replace(
        found.memory, windows=dataclasses.replace(found.memory.windows, seconds=(1, 2, 3))
    )
    dataclasses.replace(found, memory=other).write(tmp_path / "state")
    assert run(detector, tmp_path, events, tmp_path / "out.jsonl").now.events == 0
    assert "other windows than before" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("source", "sink", "said"),
    [
        ("ftp://host/file", "out.jsonl", "begins with 'ftp://'"),
        ("events.jsonl", "http://host", "begins with 'http://'"),
        ("", "out.jsonl", "has no name"),
        ("events.jsonl", "events.jsonl", "cannot write into what it reads"),
        ("events.jsonl", "refused.jsonl", "cannot write into what it reads"),
        ("redis://host/0?stream=a", "redis://host/0?stream=a", "cannot write into what it reads"),
    ],
)
def test_ends_that_cannot_be_are_refused(
    detector: Detector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, sink: str, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=said):
        run(detector, tmp_path, source, sink)


def test_a_client_that_is_not_installed_is_named(
    detector: Detector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for address, module in (("redis://h/0?stream=a", "redis"), ("kafka://h/a", "confluent_kafka")):
        with monkeypatch.context() as patch:
            patch.setitem(__import__("sys").modules, module, None)
            for ends in ((address, tmp_path / "out.jsonl"), (tmp_path / "events.jsonl", address)):
                with pytest.raises(UsageError, match="is not installed") as told:
                    run(detector, tmp_path, *ends)
                assert "pip install 'garrison[" in told.value.remedy


def test_a_detector_without_windows(tmp_path: Path) -> None:
    facts = {
        "name": "sites",
        "columns": [
            {"name": "dots", "type": "integer", "minimum": 0},
            {"name": "length", "type": "number"},
            {"name": "verdict", "type": "boolean", "role": "label"},
        ],
        "label": {"column": "verdict", "positive": True, "negative": False},
    }
    schema = Schema.from_dict(facts)
    rows = [{"dots": place % 7, "length": float(place), "verdict": place % 7 > 3} for place in range(60)]
    table = schema.validate(next(as_tables(rows))).table
    processor = TabularProcessor().fit(table, schema)
    family = FAMILIES["logistic_regression"]
    params = family.complete({})
    plain = Detector(
        name="sites",
        schema=schema,
        processor=processor,
        model=family.fit(processor.transform(table), schema.labels(table), params=params, seed=0),
        family="logistic_regression",
        params=params,
        threshold=Threshold(0.5, "fixed"),
        training_fingerprint="ab" * 32,
    )
    lines = [json.dumps({name: row[name] for name in ("dots", "length")}) for row in rows]
    (tmp_path / "sites.jsonl").write_text(
        "\n".join([*lines, '{"dots": -1, "length": 1}', '{"dots": 1}']) + "\n"
    )
    summary = run(plain, tmp_path, tmp_path / "sites.jsonl", tmp_path / "out.jsonl", pseudonyms=None)
    assert np.allclose(scores(read(tmp_path / "out.jsonl")), plain.score(table))
    assert [each["reason"] for each in read(tmp_path / "refused.jsonl")] == [
        "dots: below the minimum 0",
        "length: missing",
    ]
    assert (summary.now.late, summary.whole.events) == (0, 60)
    assert run(plain, tmp_path, tmp_path / "sites.jsonl", tmp_path / "out.jsonl").whole.events == 60
