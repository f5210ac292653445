"""What the service does now, and whether what comes in has changed."""

import json
import math
import time
from pathlib import Path

import httpx
import pytest
from running_service import running
from web_place import EVENT, events_csv
from web_visitor import Visitor

from garrison.serving.http.metrics import Metrics
from garrison.serving.http.service import Service
from garrison.web.history import History, quantile, since


def test_an_idle_service_says_what_to_do(visitor: Visitor) -> None:
    visitor.see("/live")
    assert "Nobody asked this service to score anything" in visitor.text
    assert "No open alert" in visitor.text
    assert '<noscript><meta http-equiv="refresh"' in visitor.page, "it goes on without scripts"


def test_the_live_view_shows_events_verdicts_latency_refusals_and_alerts(
    web_workspace: Path, tmp_path: Path
) -> None:
    cause = {
        "model": "production/threats@2",
        "rule": "flagged",
        "subject": "x",
        "text": "<b>too many</b>",
        "since": 0.0,
    }
    others = [
        {**cause, "model": name, "text": "of another model"}
        for name in ("phishing", "production/threats-9@1")
    ]
    (tmp_path / "monitoring").mkdir()
    (tmp_path / "models").symlink_to(web_workspace / "models")
    (tmp_path / "monitoring" / "alerts.json").write_text(
        json.dumps({"causes": [cause, *others]}), encoding="utf-8"
    )
    with running(tmp_path, models=("production/threats",), with_pages=True) as (client, _):
        for place in range(20):
            assert client.post("/v1/score", json={**EVENT, "payload_len": place}).status_code == 200
        client.post("/v1/score", json={**EVENT, "payload_len": "?"})
        visitor = Visitor(client)
        visitor.see("/live")
    assert "Scores of the 20 events of the last ten minutes" in visitor.text
    assert "/v1/score 21" in visitor.text
    assert "payload_len 1" in visitor.text
    assert "<b>too many</b>" in visitor.text, "as text"
    assert "<b>too many" not in visitor.page
    assert "of another model" not in visitor.text


def test_rates_are_those_of_the_time_between_two_looks() -> None:
    metrics, now = Metrics(), [0.0]
    history = History(metrics, clock=lambda: now[0])
    for second in range(0, 2_000, 2):
        now[0] = float(second)
        metrics.scored.labels("m", "1", "no").inc(6)
        metrics.scored.labels("m", "2", "yes").inc(2)
        history.look()
    assert history.rate("m", seconds=60) == pytest.approx(4)
    assert history.rate("m", seconds=60, flagged=True) == pytest.approx(1)
    assert history.rate("other", seconds=60) == 0
    events, flagged, seconds = history.timeline("m", parts=30)
    assert seconds == 600, "what is older is forgotten"
    assert events == pytest.approx([4] * 30)
    assert flagged == pytest.approx([1] * 30)


def test_percentiles_lie_within_the_bucket_that_holds_them() -> None:
    metrics = Metrics()
    for milliseconds in range(1, 101):
        metrics.seconds.labels("/v1/score").observe(milliseconds / 1000)
    history = History(metrics)
    _, last = history.over(60)
    buckets = since(None, last.latency["/v1/score"])
    for share, true in ((0.5, 0.050), (0.95, 0.095), (0.99, 0.099)):
        assert quantile(buckets, share) == pytest.approx(true, rel=0.1)
    assert math.isnan(quantile((), 0.5))


def test_drift_without_a_log_says_how_to_have_one(web_workspace: Path) -> None:
    with running(web_workspace, models=("production/threats",), with_pages=True) as (client, _):
        visitor = Visitor(client)
        visitor.see("/drift")
        assert "garrison serve --model production/threats --log" in visitor.text
        assert visitor.see("/drift?since=24h").status_code == 422


def test_an_empty_log_says_so_and_a_filled_one_is_compared_column_by_column(
    web_workspace: Path, tmp_path: Path
) -> None:
    log = f"duckdb:///{tmp_path}/log.db"
    with running(web_workspace, models=("production/threats",), with_pages=True, log=log) as (client, _):
        visitor = Visitor(client)
        assert visitor.see("/drift?since=24h").status_code == 422
        assert "the log has no event yet" in visitor.text
        batch = [{**EVENT, "payload_len": 10**7 + place} for place in range(80)]
        assert client.post("/v1/score/batch", json=batch).status_code == 200
        end = time.monotonic() + 30
        while visitor.see("/drift?since=").status_code != 200 and time.monotonic() < end:
            time.sleep(0.2)
    assert "the log of what threats scored" in visitor.text
    assert "Bars of payload_len in training and now" in visitor.page
    assert "columns have moved" in visitor.text
    assert "what a detector derives itself" in visitor.text


def test_a_file_is_compared_and_one_like_the_training_has_not_drifted(
    visitor: Visitor, web_workspace: Path
) -> None:
    moved = {"file": ("day.csv", events_csv(web_workspace, 500, shift=10**8), "text/csv")}
    assert visitor.send("/drift", files=moved).status_code == 200
    found = visitor.text.partition("Columns that moved")[2].partition("New values")[0]
    assert "payload_len: KS distance" in found
    assert "protocol" not in found
    still = visitor.text.partition("Columns that did not move")[2]
    assert "protocol: not moved" in still


def test_too_few_rows_are_judged_nowhere_on_the_page(visitor: Visitor, web_workspace: Path) -> None:
    few = {"file": ("day.csv", events_csv(web_workspace, 20, shift=10**8), "text/csv")}
    assert visitor.send("/drift", files=few).status_code == 200
    assert "columns that moved not judged 50 rows are needed" in visitor.text
    assert "payload_len: not judged." in visitor.text
    assert 'class="good"' not in visitor.page
    assert "Columns that did not move" not in visitor.text
    assert "not moved" not in visitor.text
    cells = visitor.page.partition("Every column</h2>")[2].partition("</table>")[0]
    assert "<td>no</td>" not in cells
    assert cells.count("<td>not judged</td>") == cells.count('<th scope="row">')


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"x,y\n1,2\n", "protocol"), (b"timestamp,src_ip,protocol,payload_len\n", "no row could be")],
)
def test_a_file_that_cannot_be_compared_is_told(visitor: Visitor, content: bytes, said: str) -> None:
    assert visitor.send("/drift", files={"file": ("day.csv", content, "text/csv")}).status_code == 422
    assert said in visitor.text


@pytest.mark.parametrize("path", ["/drift?since=yesterday", "/live?model=nobody", "/try?model=%3Cscript%3E"])
def test_odd_parameters_are_refused_on_a_page(open_service: tuple[httpx.Client, Service], path: str) -> None:
    visitor = Visitor(open_service[0])
    assert visitor.see(path).status_code in (400, 404)
    assert "<script>" not in visitor.page
