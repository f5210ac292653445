"""Streams of Redis, over a real socket: each entry scored, each verdict once, through every break."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from event_lines import event_lines
from redis_place import RedisPlace, redis_place
from streaming import QUICK, read, run, running, scores, until

from garrison.detection import Detector
from garrison.errors import StoreRefused, StoreUnreachable, UsageError
from garrison.serving.stream import Stop
from garrison.serving.stream.sources.redis import RedisSource

Lines = Callable[..., list[bytes]]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisPlace]:
    with redis_place(tmp_path_factory.mktemp("redis")) as found:
        yield found


@pytest.fixture
def client(place: RedisPlace) -> Iterator[Any]:
    with place.client() as found:
        found.flushall()
        yield found


@pytest.fixture(scope="module")
def expected(detector: Detector, tmp_path_factory: pytest.TempPathFactory) -> list[float]:
    """The scores of 200 events out of a file."""
    folder = tmp_path_factory.mktemp("expected")
    (folder / "events.jsonl").write_bytes(b"\n".join(event_lines(200)) + b"\n")
    run(detector, folder, folder / "events.jsonl", folder / "out.jsonl")
    return scores(read(folder / "out.jsonl"))


def add(client: Any, lines: list[bytes], stream: str = "events") -> None:
    with client.pipeline() as pipeline:
        for line in lines:
            pipeline.xadd(stream, {"event": line})
        pipeline.execute()


def verdicts(client: Any, stream: str = "verdicts") -> list[dict[str, Any]]:
    return [json.loads(fields[b"verdict"]) for _, fields in client.xrange(stream)]


def test_entries_are_scored_into_another_stream(
    client: Any, place: RedisPlace, detector: Detector, tmp_path: Path, expected: list[float]
) -> None:
    add(client, event_lines(200))
    ends = f"{place.url}?stream=events&group=scorers", f"{place.url}?stream=verdicts"
    summary = run(detector, tmp_path, *ends)
    assert summary.now.events == 200
    assert scores(verdicts(client)) == expected
    assert client.xpending("events", "scorers")["pending"] == 0
    assert run(detector, tmp_path, *ends).now.events == 0, "nothing is left to be scored"
    assert run(detector, tmp_path, *ends).whole.events == 200


def test_fields_that_are_no_json_are_an_event_too(
    client: Any, place: RedisPlace, detector: Detector, tmp_path: Path
) -> None:
    facts = json.loads(event_lines(1)[0])
    client.xadd("events", {name: str(value) for name, value in facts.items() if value is not None})
    client.xadd("events", {"event": b'{"timestamp": 7'})
    summary = run(detector, tmp_path, f"{place.url}?stream=events", tmp_path / "out.jsonl")
    assert (summary.now.events, summary.now.refused) == (1, 1)
    (refused,) = read(tmp_path / "refused.jsonl")
    assert refused["reason"] == "not JSON"
    assert "/events:" in refused["id"]


class Killed(BaseException):
    """Stands for the end of a process at this very point."""


@pytest.mark.parametrize("at", ["take", "write", "commit"])
def test_a_break_loses_nothing_and_writes_nothing_twice(
    client: Any,
    place: RedisPlace,
    detector: Detector,
    tmp_path: Path,
    expected: list[float],
    monkeypatch: pytest.MonkeyPatch,
    at: str,
) -> None:
    from garrison.serving.stream.sinks.redis import RedisSink

    add(client, event_lines(200))
    kind: Any = {"take": RedisSource, "write": RedisSink, "commit": RedisSource}[at]
    name = {"take": "_entries"}.get(at, at)
    real, calls = getattr(kind, name), 0

    def break_off(self: Any, *arguments: Any, **more: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls in (4, 6) and at == "commit":
            raise Killed
        result = real(self, *arguments, **more)
        if calls in (4, 6):
            raise Killed
        return result

    monkeypatch.setattr(kind, name, break_off)
    ends = f"{place.url}?stream=events", f"{place.url}?stream=verdicts"
    breaks = 0
    while True:
        try:
            summary = run(detector, tmp_path, *ends)
            break
        except Killed:
            breaks += 1
    assert breaks == 2
    assert scores(verdicts(client)) == expected
    assert summary.whole.events == 200
    assert (summary.whole.scored_twice > 0) == (at == "write")
    assert summary.whole.already_there == summary.whole.scored_twice
    assert client.xpending("events", "garrison")["pending"] == 0


def test_a_server_away_and_back(
    place: RedisPlace, client: Any, detector: Detector, tmp_path: Path, expected: list[float]
) -> None:
    lines = event_lines(200)
    add(client, lines[:100])
    ends = f"{place.url}?stream=events", f"{place.url}?stream=verdicts"
    with running(detector, tmp_path, *ends) as stream:
        until(lambda: client.exists("verdicts") and client.xlen("verdicts") == 100)
        place.stop()
        until(lambda: stream.has_said("Redis does not answer"))
        place.start()
        if not place.real:  # fakeredis forgets everything with its process
            return
        until(lambda: stream.has_said("back after"))
        with place.client() as again:
            add(again, lines[100:])
            until(lambda: again.xlen("verdicts") == 200)
    with place.client() as again:
        assert scores(verdicts(again)) == expected
    assert sum("does not answer" in line for line in stream.said) == 1, "it is said once"


def test_a_group_that_is_gone_is_made_again(
    client: Any, place: RedisPlace, detector: Detector, tmp_path: Path, expected: list[float]
) -> None:
    lines = event_lines(200)
    add(client, lines[:100])
    sink = tmp_path / "out.jsonl"
    with running(detector, tmp_path, f"{place.url}?stream=events", sink) as stream:
        until(lambda: len(read(sink)) == 100)
        client.xgroup_destroy("events", "garrison")
        add(client, lines[100:])
        until(lambda: len(read(sink)) == 200)
    assert scores(read(sink)) == expected
    assert stream.has_said("the group is gone")


def test_entries_deleted_before_they_were_read_are_told(
    client: Any, place: RedisPlace, detector: Detector, tmp_path: Path
) -> None:
    add(client, event_lines(10))
    client.xgroup_create("events", "garrison", id="0")
    ((_, entries),) = client.xreadgroup("garrison", "garrison", {"events": ">"}, count=4)
    client.xdel("events", entries[1][0])
    summary = run(detector, tmp_path, f"{place.url}?stream=events", tmp_path / "out.jsonl")
    assert (summary.now.events, summary.now.refused) == (9, 1)
    assert read(tmp_path / "refused.jsonl")[0]["reason"] == "deleted from the stream before it was read"


def test_an_entry_that_is_too_long_is_refused(
    client: Any, place: RedisPlace, detector: Detector, tmp_path: Path
) -> None:
    add(client, [event_lines(1)[0], b"x" * 1_000_001, *event_lines(2, seed=1)])
    summary = run(detector, tmp_path, f"{place.url}?stream=events", tmp_path / "out.jsonl")
    assert (summary.now.events, summary.now.refused) == (3, 1)
    (refused,) = read(tmp_path / "refused.jsonl")
    assert refused["reason"] == "a line of over 1,000,000 bytes"
    assert len(refused["content"]) == 4096


def test_only_what_comes_from_now_on(
    client: Any, place: RedisPlace, detector: Detector, tmp_path: Path
) -> None:
    add(client, event_lines(10))
    source, sink = f"{place.url}?stream=events", tmp_path / "out.jsonl"
    assert run(detector, tmp_path, source, sink, from_end=True).now.events == 0
    add(client, event_lines(3, seed=1))
    assert run(detector, tmp_path, source, sink, from_end=True).now.events == 3


def test_a_refused_login_is_told_without_the_password(
    client: Any, place: RedisPlace, detector: Detector, tmp_path: Path
) -> None:
    if not place.real:
        pytest.skip("fakeredis asks for no password")
    client.config_set("requirepass", "sesame-of-ours")
    try:
        url = place.url.replace("127.0.0.1", ":wrong-secret@127.0.0.1")
        with pytest.raises(StoreRefused) as told:
            run(detector, tmp_path, f"{url}?stream=events", tmp_path / "out.jsonl")
        assert "wrong-secret" not in str(told.value)
    finally:
        with place.client() as other:
            other.execute_command("AUTH", "sesame-of-ours")
            other.config_set("requirepass", "")


def test_nobody_there_and_nobody_waits(detector: Detector, tmp_path: Path) -> None:
    import dataclasses

    pace = dataclasses.replace(QUICK, give_up_after_s=0.2)
    with pytest.raises(StoreUnreachable, match="does not answer"):
        run(detector, tmp_path, "redis://127.0.0.1:1/0?stream=events", tmp_path / "out.jsonl", pace=pace)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("redis://127.0.0.1:6379/0", "names no stream"),
        ("redis:///0?stream=a", "names no host"),
        ("redis://127.0.0.1:x/0?stream=a", "no number"),
        ("redis://127.0.0.1/zero?stream=a", "no number"),
        ("redis://127.0.0.1/0?stream=a&strem=b", "an option 'strem'"),
        ("redis://127.0.0.1/0?stream=a&stream=b", "twice"),
    ],
)
def test_an_address_that_cannot_be_is_refused(url: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        RedisSource.at(url, stop=Stop(), say=print)
