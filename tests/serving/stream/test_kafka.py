"""Streams of Kafka, over a real socket, with the cluster that librdkafka plays: each verdict once."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from event_lines import event_lines
from kafka_place import KafkaPlace, kafka_place
from streaming import read, run, running, scores, until

from garrison.detection import Detector
from garrison.errors import StoreUnreachable, UsageError
from garrison.serving.stream import Pace, Stop
from garrison.serving.stream.sinks.kafka import KafkaSink
from garrison.serving.stream.sources.kafka import KafkaSource


@pytest.fixture(scope="module")
def place() -> Iterator[KafkaPlace]:
    with kafka_place() as found:
        yield found


@pytest.fixture(scope="module")
def expected(detector: Detector, tmp_path_factory: pytest.TempPathFactory) -> dict[str, float]:
    """The scores of 100 events out of a file, by their time."""
    folder = tmp_path_factory.mktemp("expected")
    (folder / "events.jsonl").write_bytes(b"\n".join(event_lines(100)) + b"\n")
    run(detector, folder, folder / "events.jsonl", folder / "out.jsonl")
    return by_time(read(folder / "out.jsonl"))


def by_time(verdicts: list[dict[str, Any]]) -> dict[str, float]:
    assert len(scores(verdicts)) == len(verdicts)
    return {each["event"]["timestamp"]: each["score"] for each in verdicts}


@pytest.fixture(autouse=True)
def short_sessions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("garrison.serving.stream.sources.kafka.SESSION_MS", 6_000)


class Killed(BaseException):
    """Stands for the end of a process at this very point."""


def test_messages_are_scored_through_breaks_into_another_topic(
    place: KafkaPlace,
    detector: Detector,
    tmp_path: Path,
    expected: dict[str, float],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    place.put("events", [*event_lines(100), b"no event"])
    real, calls = KafkaSink.write, 0

    def break_off(self: Any, verdicts: Any) -> None:
        nonlocal calls
        calls += 1
        real(self, verdicts)
        if calls == 3:
            raise Killed

    monkeypatch.setattr(KafkaSink, "write", break_off)
    ends = place.topic("events") + "?group=scorers", place.topic("verdicts")
    with pytest.raises(Killed):
        run(detector, tmp_path, *ends)
    summary = run(detector, tmp_path, *ends)
    assert by_time([json.loads(line) for line in place.get("verdicts")]) == expected
    assert (summary.whole.events, summary.whole.refused) == (100, 1)
    assert summary.whole.scored_twice == summary.whole.already_there > 0
    assert place.committed("events", "scorers") == 101


def test_what_the_group_has_committed_is_not_scored_again(
    place: KafkaPlace, detector: Detector, tmp_path: Path
) -> None:
    place.put("more", event_lines(30))
    source = place.topic("more") + "?group=others"
    assert run(detector, tmp_path, source, tmp_path / "out.jsonl").now.events == 30
    place.put("more", event_lines(5, seed=1))
    (tmp_path / "state").unlink()
    assert run(detector, tmp_path, source, tmp_path / "out.jsonl").now.events == 5


def test_a_stop_finishes_what_was_taken(place: KafkaPlace, detector: Detector, tmp_path: Path) -> None:
    place.put("live", event_lines(10))
    sink = tmp_path / "out.jsonl"
    with running(detector, tmp_path, place.topic("live"), sink) as stream:
        until(lambda: len(read(sink)) == 10)
        place.put("live", event_lines(5, seed=2))
        until(lambda: len(read(sink)) == 15)
    assert stream.error is None
    assert stream.summary is not None
    assert stream.summary.why == "stopped by the test"
    assert stream.summary.behind == "0 messages"


@pytest.mark.parametrize("end", ["source", "sink"])
def test_nobody_there_and_nobody_waits(
    detector: Detector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    monkeypatch.setattr("garrison.serving.stream.sinks.kafka.TIMEOUT_S", 0.5)
    monkeypatch.setattr("garrison.serving.stream.sources.kafka.ASK_S", 0.5)
    (tmp_path / "events.jsonl").write_bytes(event_lines(1)[0] + b"\n")
    away = "kafka://127.0.0.1:1/topic"
    ends = (away, tmp_path / "out.jsonl") if end == "source" else (tmp_path / "events.jsonl", away)
    with pytest.raises(StoreUnreachable, match="Kafka does not answer"):
        run(detector, tmp_path, *ends, pace=Pace(give_up_after_s=0.1), until_end=False)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("kafka://127.0.0.1:9092", "names no topic"),
        ("kafka://127.0.0.1:9092/a/b", "names no topic"),
        ("kafka:///a", "names no host"),
        ("kafka://127.0.0.1/a?security=none", "security is 'none'"),
        ("kafka://127.0.0.1/a?security=sasl_ssl", "login is not complete"),
        ("kafka://me:p@127.0.0.1/a?mechanism=GSSAPI", "mechanism is 'GSSAPI'"),
    ],
)
def test_an_address_that_cannot_be_is_refused(url: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        KafkaSource.at(url, stop=Stop(), say=print)
