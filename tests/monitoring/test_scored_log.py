"""Scored events in a store: sampled by their id, without addresses, never waited for, losses counted."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from mongo_place import mongodb_url

from garrison.data.pseudonyms import Pseudonyms
from garrison.data.schema import Schema
from garrison.data.stores import open_store
from garrison.errors import DataError, SchemaError, SettingsError, StoreUnreachable
from garrison.monitoring import BackgroundLog, ScoredRows, StoreLog, read_log
from garrison.monitoring.scored.layout import features_table

START = np.datetime64("2026-03-01T00:00:00.123456", "us")
PSEUDONYMS = Pseudonyms(bytes(range(32)))


def rows(count: int = 3, *, first: int = 0, version: int | None = 3, **change: Any) -> ScoredRows:
    places = np.arange(first, first + count)
    facts: dict[str, Any] = {
        "model": "threats",
        "version": version,
        "threshold": 0.5,
        "events": pa.table(
            {
                "src_ip": [f"10.0.0.{place % 200}" for place in places],
                "bytes": places,
                "at": pa.array(START + places, pa.timestamp("us", tz="UTC")),
                "service": pa.array([None if place % 2 else "dns" for place in places], pa.string()),
            }
        ),
        "scores": places % 10 / 10,
        "flagged": places % 10 >= 5,
        "ids": tuple(f"event-{place}" for place in places),
        "at": START + places * 1_000_000,
        "latency": np.full(count, 0.001),
    }
    return ScoredRows(**{**facts, **change})


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"duckdb:///{tmp_path}/log.db"


def written(url: str, **wanted: Any) -> list[Any]:
    with open_store(url) as store:
        return list(read_log(store, "threats", features=True, **wanted))


def test_what_is_written_is_read_back(url: str) -> None:
    log = StoreLog(url)
    assert log.keep(rows(10)) == 10
    assert log.keep(rows(10)) == 10, "writing again is allowed, and changes nothing"
    (found,) = written(url)
    assert found.ids == tuple(f"event-{place}" for place in range(10))
    assert found.scores == pytest.approx(np.arange(10) / 10)
    assert found.flagged.tolist() == [False] * 5 + [True] * 5
    assert found.latency == pytest.approx(0.001)
    assert found.weight.tolist() == [1.0] * 10
    assert str(found.at[0]) == "2026-03-01T00:00:00.123000"
    assert (
        found.features[0]
        == '{"src_ip":"10.0.0.0","bytes":0,"at":"2026-03-01T00:00:00.123456+00:00","service":"dns"}'
    )
    assert "service" not in found.features[1]


def test_a_version_and_a_time_are_asked_for(url: str) -> None:
    StoreLog(url).write(rows(10))
    StoreLog(url).write(rows(5, first=100, version=4))
    assert sum(map(len, written(url))) == 15
    assert sum(map(len, written(url, version=4))) == 5
    assert sum(map(len, written(url, since=datetime(2026, 3, 1, 0, 0, 9, tzinfo=UTC)))) == 6
    with pytest.raises(DataError, match="no event of threats version 9"):
        written(url, version=9)


def test_events_that_failed_are_kept_without_a_score(url: str) -> None:
    failed = rows(2, scores=np.array([np.nan, 0.7]), errors=("ModelError", ""))
    StoreLog(url).write(failed)
    (found,) = written(url)
    assert np.isnan(found.scores[0])
    assert found.failed.tolist() == [True, False]


def test_a_collection_that_is_no_log_is_refused(url: str) -> None:
    with open_store(url) as store:
        store.append("events", pa.table({"a": [1]}), key=["a"])
        with pytest.raises(SchemaError, match="no log of scored events"):
            list(read_log(store, "threats", collection="events"))


def test_the_sample_depends_on_the_id_and_the_key_alone(url: str) -> None:
    log, keyed = StoreLog(url, sample=0.1), StoreLog(url, sample=0.1, pseudonyms=PSEUDONYMS)
    ids = [f"event-{place}" for place in range(20_000)]
    chosen = log.chosen(ids)
    assert len(chosen) == pytest.approx(2_000, abs=150)
    assert np.array_equal(log.chosen(ids[:500]), chosen[chosen < 500])
    assert len(np.intersect1d(chosen, keyed.chosen(ids))) == pytest.approx(200, abs=60)
    many = rows(5_000)
    assert log.keep(many) == len(log.chosen(many.ids))
    assert written(url)[0].weight[0] == pytest.approx(10)
    for share in (0.0, 1.5):
        with pytest.raises(SettingsError):
            StoreLog(url, sample=share)


def test_no_address_is_written(url: str, tmp_path: Path) -> None:
    columns = [
        {"name": "src_ip", "type": "string", "role": "context", "pseudonym": True},
        {"name": "bytes", "type": "integer"},
    ]
    schema = Schema.from_dict({"name": "events", "columns": columns})
    with pytest.raises(SettingsError, match="no key for their pseudonyms"):
        StoreLog(url, schema=schema)
    log = StoreLog(url, schema=schema, pseudonyms=PSEUDONYMS)
    log.write(rows(3, ids=("10.0.0.1:443-a", "b", "c")))
    (found,) = written(url)
    assert "10.0.0." not in "".join([*found.features, *found.ids])
    assert PSEUDONYMS.of(pa.array(["10.0.0.1"]))[0].as_py() in found.features[1]
    assert found.ids[0].startswith("ip_")
    assert found.ids[0].endswith(":443-a")


def test_a_log_in_mongodb() -> None:
    with mongodb_url() as url:
        assert StoreLog(url).keep(rows(4)) == 4
        assert written(url)[0].ids == tuple(f"event-{place}" for place in range(4))


class Kept:
    """A log in memory that can be told to fail, or to wait."""

    def __init__(self, fail: Callable[[], Exception | None] = lambda: None) -> None:
        self.rows: list[ScoredRows] = []
        self.closed = False
        self.go = threading.Event()
        self.go.set()
        self._fail = fail

    def write(self, given: ScoredRows, /) -> None:
        self.go.wait(5)
        if error := self._fail():
            raise error
        self.rows.append(given)

    def close(self) -> None:
        self.closed = True

    @property
    def ids(self) -> list[str]:
        return [each for part in self.rows for each in part.ids]


def test_what_is_offered_is_written_in_order_and_together() -> None:
    kept = Kept()
    log = BackgroundLog(kept, every_s=0.05)
    for place in range(50):
        assert log.append(rows(1, first=place))
    log.append(rows(1, first=50, version=4))
    losses = log.finish()
    assert kept.ids == [f"event-{place}" for place in range(51)]
    assert (losses.offered, losses.written, losses.lost_full, losses.lost_failed) == (51, 51, 0, 0)
    assert len(kept.rows) < 10
    assert kept.rows[-1].version == 4
    assert kept.closed
    assert not log.append(rows(1))


def test_a_slow_log_is_never_waited_for_and_losses_are_counted() -> None:
    kept = Kept()
    kept.go.clear()
    log = BackgroundLog(kept, most_waiting=100, every_s=0)
    started = time.perf_counter()
    took = [log.append(rows(10, first=10 * place)) for place in range(30)]
    assert time.perf_counter() - started < 2
    assert sum(took) == 10
    assert log.losses().lost_full == 200
    kept.go.set()
    losses = log.finish()
    assert (losses.written, losses.lost_full, losses.waiting) == (100, 200, 0)
    assert losses.offered == losses.written + losses.lost_full + losses.lost_failed


def test_a_store_that_comes_back_gets_everything() -> None:
    tries = iter([StoreUnreachable("no answer")] * 3)
    told: list[str] = []
    kept = Kept(lambda: next(tries, None))
    log = BackgroundLog(kept, every_s=0, pause_s=0.01, on_problem=told.append)
    log.append(rows(5))
    losses = log.finish(seconds=5)
    assert kept.ids == [f"event-{place}" for place in range(5)]
    assert losses.lost_failed == 0
    assert told == ["no answer"]


def test_a_store_that_stays_away_costs_what_waited_and_says_so() -> None:
    ended: list[tuple[int, bool]] = []
    log = BackgroundLog(
        Kept(lambda: StoreUnreachable("no answer")),
        every_s=0,
        pause_s=0.01,
        on_end=lambda *told: ended.append(told),
    )
    log.append(rows(5))
    losses = log.finish(seconds=0.2)
    assert ended == [(5, False)]
    assert (losses.written, losses.lost_failed, losses.problem) == (0, 5, "no answer")


def test_rows_that_can_never_be_written_do_not_block_those_behind_them() -> None:
    faults = iter([ValueError("odd rows")])
    kept = Kept(lambda: next(faults, None))
    ended: list[tuple[int, bool]] = []
    log = BackgroundLog(kept, every_s=0, on_end=lambda *told: ended.append(told))
    log.append(rows(2))
    while log.losses().waiting:
        time.sleep(0.005)
    log.append(rows(3, first=2))
    losses = log.finish()
    assert (losses.written, losses.lost_failed) == (3, 2)
    assert ended == [(2, False), (3, True)]
    assert kept.ids == ["event-2", "event-3", "event-4"]


def test_events_of_versions_with_other_kinds_of_values_are_read_as_text() -> None:
    table = features_table(
        ['{"port":80,"rate":1}', '{"port":"http","rate":2.5}', "{}"], ("port", "rate", "none")
    )
    assert table.to_pydict() == {"port": ["80", "http", None], "rate": [1.0, 2.5, None]}


def test_a_reader_gets_in_while_the_log_is_written(url: str) -> None:
    log = BackgroundLog(StoreLog(url), every_s=0)
    for place in range(5):
        log.append(rows(100, first=100 * place))
        time.sleep(0.02)
    while log.losses().written < 200:
        time.sleep(0.01)
    with open_store(url, timeout_s=5) as store:
        seen = sum(map(len, read_log(store, "threats")))
        log.append(rows(100, first=500))
    assert log.finish().lost_failed == 0
    assert 200 <= seen <= 500
    assert sum(map(len, written(url))) == 600
