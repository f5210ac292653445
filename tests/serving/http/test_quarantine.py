"""The quarantine of a service: whole lines, a stated size, and no request that fails because of it."""

import json
import stat
from pathlib import Path

import httpx
from running_service import running
from served_models import FLOW


def lost(client: httpx.Client) -> float:
    text = client.get("/metrics").text
    start = 'garrison_quarantine_total{outcome="lost"} '
    return next(float(line.removeprefix(start)) for line in text.splitlines() if line.startswith(start))


def test_it_grows_over_restarts_and_only_its_owner_reads_it(workspace: Path, tmp_path: Path) -> None:
    place = tmp_path / "kept" / "refused.jsonl"
    for _ in range(2):
        with running(workspace, quarantine=str(place)) as (client, _):
            client.post("/v1/score/batch", json=[{**FLOW, "rate": 7}, FLOW, 3])
    lines = [json.loads(line) for line in place.read_text(encoding="utf-8").splitlines()]
    assert [(line["row"], line["reason"]) for line in lines[:2]] == [
        (1, "rate: above the maximum 1"),
        (3, "not an event: a JSON object of its fields is one"),
    ]
    assert len(lines) == 4
    assert json.loads(lines[0]["content"]) == {**FLOW, "rate": 7}
    assert stat.S_IMODE(place.stat().st_mode) == 0o600


def test_it_takes_no_more_than_it_may_and_counts_the_rest(workspace: Path, tmp_path: Path) -> None:
    place = tmp_path / "refused.jsonl"
    with running(workspace, quarantine=str(place), quarantine_bytes=2048) as (client, _):
        for _ in range(20):
            assert client.post("/v1/score", json={**FLOW, "rate": "x" * 100}).status_code == 422
        assert lost(client) > 5
    content = place.read_bytes()
    assert len(content) <= 2048
    assert [json.loads(line)["row"] for line in content.splitlines()]


def test_a_long_event_is_cut(workspace: Path, tmp_path: Path) -> None:
    place = tmp_path / "refused.jsonl"
    with running(workspace, quarantine=str(place)) as (client, _):
        client.post("/v1/score", json={**FLOW, "rate": "x" * 50_000})
    (line,) = [json.loads(line) for line in place.read_text(encoding="utf-8").splitlines()]
    assert len(line["content"]) == 4096
    assert line["content_bytes"] > 50_000


def test_a_full_disk_fails_no_request(workspace: Path) -> None:
    with running(workspace, quarantine="/dev/full", quarantine_bytes=1 << 40) as (client, _):
        assert client.post("/v1/score", json={**FLOW, "rate": "x"}).status_code == 422
        assert client.post("/v1/score", json=FLOW).status_code == 200
        assert lost(client) == 1
