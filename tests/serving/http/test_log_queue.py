"""A monitor is told of every scored event, and scoring never waits for it."""

import threading
import time
from pathlib import Path

import httpx
import numpy as np
import pytest
from running_service import running
from served_models import FLOW
from small_events import START

from garrison.monitoring import ScoredRows


class Kept:
    """A log that keeps what it is told."""

    def __init__(self) -> None:
        self.rows: list[ScoredRows] = []
        self.closed = False

    def write(self, rows: ScoredRows) -> None:
        self.rows.append(rows)

    def close(self) -> None:
        self.closed = True


class Broken(Kept):
    """A log whose disk is full."""

    def write(self, rows: ScoredRows) -> None:
        raise OSError("no space")


class Stuck(Kept):
    """A log that hangs until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Event()

    def write(self, rows: ScoredRows) -> None:
        self.go.wait(20)


def counted(client: httpx.Client, outcome: str) -> float:
    start = f'garrison_scored_log_total{{outcome="{outcome}"}} '
    for line in client.get("/metrics").text.splitlines():
        if line.startswith(start):
            return float(line.removeprefix(start))
    return 0.0


def test_it_is_told_of_single_events_and_batches(workspace: Path) -> None:
    log = Kept()
    with running(workspace, scored_log=log) as (client, _):
        single = [client.post("/v1/score", json={**FLOW, "bytes": each}).json() for each in range(5)]
        batch = client.post("/v1/score/batch", json=[FLOW, {}, FLOW], headers={"x-request-id": "b"}).json()
        client.post("/v1/score", json={**FLOW, "rate": "x"})
        client.post("/v1/explain", json=FLOW)
    assert log.closed
    events = [row for rows in log.rows for row in rows.events.to_pylist()]
    assert [event["bytes"] for event in events] == [0, 1, 2, 3, 4, 12.5, 12.5]
    assert "kind" not in events[0]
    ids = [each for rows in log.rows for each in rows.ids]
    assert ids == [*(each["request"] for each in single), "b-1", "b-3"]
    scores = np.concatenate([rows.scores for rows in log.rows])
    expected = [*(each["score"] for each in single), batch["scores"][0], batch["scores"][2]]
    assert scores.tolist() == pytest.approx(expected)
    for rows in log.rows:
        assert (rows.model, rows.version, rows.threshold) == ("flows", 1, 0.5)
        assert (rows.flagged == (rows.scores >= 0.5)).all()
        assert len(rows.at) == len(rows.latency) == rows.events.num_rows
        assert ((rows.latency > 0) & (rows.latency < 5)).all()
        assert abs(np.datetime64("now") - rows.at).max() < np.timedelta64(60, "s")


def test_addresses_reach_it_as_pseudonyms(workspace: Path) -> None:
    log = Kept()
    event = {"src_ip": "192.0.2.7", "protocol": "tcp", "payload_len": 1, "timestamp": START.isoformat()}
    with running(workspace, scored_log=log, models=("production/events",)) as (client, _):
        assert client.post("/v1/score", json=event).status_code == 200
        assert client.post("/v1/score/batch", json=[event, {**event, "src_ip": None}]).status_code == 200
    found = [name for rows in log.rows for name in rows.events.column("src_ip").to_pylist()]
    assert found[0].startswith("ip_")
    assert found == [found[0], found[0], None]


def test_a_sample_is_a_sample(workspace: Path) -> None:
    log = Kept()
    with running(workspace, scored_log=log, sample=0.25) as (client, _):
        client.post("/v1/score/batch", json=[FLOW] * 2000)
        for _ in range(40):
            client.post("/v1/score", json=FLOW)
    assert 380 < sum(len(rows.scores) for rows in log.rows) < 640
    none = Kept()
    with running(workspace, scored_log=none, sample=0.0) as (client, _):
        client.post("/v1/score", json=FLOW)
    assert not none.rows


def test_a_log_that_fails_fails_no_request(workspace: Path) -> None:
    with running(workspace, scored_log=Broken()) as (client, _):
        for _ in range(3):
            assert client.post("/v1/score", json=FLOW).status_code == 200
        end = time.monotonic() + 10
        while counted(client, "failed") < 3 and time.monotonic() < end:
            time.sleep(0.02)
        assert counted(client, "failed") == 3


def test_a_log_that_hangs_holds_nobody_up_and_what_it_misses_is_counted(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from garrison.serving.http import log_queue

    monkeypatch.setattr(log_queue, "MOST_WAITING", 10)
    log = Stuck()
    with running(workspace, scored_log=log) as (client, _):
        began = time.monotonic()
        for _ in range(40):
            assert client.post("/v1/score", json=FLOW).status_code == 200
        assert time.monotonic() - began < 10
        assert counted(client, "dropped") >= 20
        log.go.set()
