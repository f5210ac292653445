"""Rules as values, and one alert a cause."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from http_hook import HookServer
from pydantic import ValidationError

from garrison.errors import GarrisonError
from garrison.monitoring.alerts import Alerter, AlertSettings, Moved, Observation
from garrison.monitoring.alerts.rules import DriftAlert, LimitAlert

RULES: tuple[dict[str, Any], ...] = (
    {"kind": "drift", "name": "drift"},
    {"kind": "limit", "name": "slow", "measure": "latency_p99_ms", "above": 50},
)


class Clock:
    def __init__(self) -> None:
        self.at = datetime(2026, 3, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def go(self, **time: float) -> None:
        self.at += timedelta(**time)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def settings(**change: Any) -> AlertSettings:
    sinks = ({"kind": "file", "path": "alerts.jsonl"},)
    return AlertSettings.model_validate({"rules": RULES, "sinks": sinks, **change})


def moved(*names: str) -> Observation:
    return Observation("threats", columns=tuple(Moved(name, "far") for name in names))


def slow(value: float) -> Observation:
    return Observation("threats", {"latency_p99_ms": value})


def told(workspace: Path) -> list[tuple[list[str], list[str]]]:
    path = workspace / "alerts.jsonl"
    lines = path.read_text().splitlines() if path.exists() else []
    found = [json.loads(line) for line in lines]
    return [
        ([each["subject"] for each in message["alerts"]], [each["subject"] for each in message["ended"]])
        for message in found
    ]


def test_one_alert_a_cause_and_not_one_an_event(tmp_path: Path, clock: Clock) -> None:
    for _ in range(5):
        Alerter(settings(), workspace=tmp_path, now=clock).tell(moved("bytes", "score"))
        clock.go(minutes=10)
    assert told(tmp_path) == [(["bytes", "score"], [])]
    Alerter(settings(), workspace=tmp_path, now=clock).tell(moved("bytes", "score", "port"))
    assert told(tmp_path)[1:] == [(["port"], [])]


def test_a_cause_that_goes_on_is_told_again_after_a_day(tmp_path: Path, clock: Clock) -> None:
    alerter = Alerter(settings(), workspace=tmp_path, now=clock)
    alerter.tell(slow(80))
    clock.go(hours=23)
    alerter.tell(slow(90))
    clock.go(hours=2)
    alerter.tell(slow(95))
    assert told(tmp_path) == [(["latency_p99_ms"], [])] * 2
    assert "95" in (tmp_path / "alerts.jsonl").read_text().splitlines()[1]


def test_the_end_is_told_and_what_comes_back_is_a_new_alert(tmp_path: Path, clock: Clock) -> None:
    alerter = Alerter(settings(), workspace=tmp_path, now=clock)
    for value in (80, 20, 20, 80):
        alerter.tell(slow(value))
    assert told(tmp_path) == [(["latency_p99_ms"], []), ([], ["latency_p99_ms"]), (["latency_p99_ms"], [])]
    quiet = tmp_path / "quiet"
    other = Alerter(settings(tell_end=False), workspace=quiet, now=clock)
    for value in (80, 20, 80):
        other.tell(slow(value))
    assert told(quiet) == [(["latency_p99_ms"], [])] * 2


def test_what_an_observation_says_nothing_of_stays_as_it_was(tmp_path: Path, clock: Clock) -> None:
    alerter = Alerter(settings(), workspace=tmp_path, now=clock)
    alerter.tell(moved("bytes"))
    alerter.tell(slow(10))
    alerter.tell(slow(float("nan")))
    alerter.tell(moved("bytes"))
    assert told(tmp_path) == [(["bytes"], [])]
    alerter.tell(Observation("another", columns=(Moved("bytes", "far"),)))
    assert told(tmp_path)[1:] == [(["bytes"], [])]


def test_a_sink_that_was_away_is_told_next_time_and_the_others_only_once(
    tmp_path: Path, clock: Clock
) -> None:
    with HookServer([500, 500]) as server:
        sinks = [
            {"kind": "file", "path": "alerts.jsonl"},
            {"kind": "webhook", "url": server.url, "tries": 1, "pause_s": 0},
        ]
        alerter = Alerter(settings(sinks=sinks), workspace=tmp_path, now=clock)
        first = alerter.tell(slow(80))
        assert first.sent == {"file": 1}
        assert "500" in first.failed["webhook"]
        assert alerter.tell(slow(80)).failed
        third = alerter.tell(slow(80))
        assert third.sent == {"webhook": 1}
        assert not alerter.tell(slow(80)).sent
    assert told(tmp_path) == [(["latency_p99_ms"], [])]
    assert json.loads(server.posts[-1].body)["alerts"][0]["rule"] == "slow"


def test_a_cause_that_ended_before_anyone_heard_of_it_is_forgotten(tmp_path: Path, clock: Clock) -> None:
    sinks = [{"kind": "webhook", "url": "http://127.0.0.1:9/", "tries": 1}]
    alerter = Alerter(settings(sinks=sinks), workspace=tmp_path, now=clock)
    assert alerter.tell(slow(80)).failed
    assert not alerter.tell(slow(10)).failed
    assert json.loads((tmp_path / "monitoring" / "alerts.json").read_text())["causes"] == []


def test_a_state_that_cannot_be_read_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "monitoring").mkdir()
    (tmp_path / "monitoring" / "alerts.json").write_text('{"causes": 7}')
    with pytest.raises(GarrisonError, match="known alerts") as error:
        Alerter(settings(), workspace=tmp_path).tell(slow(80))
    assert "move it away" in error.value.remedy


@pytest.mark.parametrize(
    ("rule", "observation", "found"),
    [
        (LimitAlert(name="a", measure="x", above=1), Observation("m", {"x": 2.0}), ["x"]),
        (LimitAlert(name="a", measure="x", above=1), Observation("m", {"x": 1.0}), []),
        (LimitAlert(name="a", measure="x", below=1), Observation("m", {"x": 0.5}), ["x"]),
        (LimitAlert(name="a", measure="x", above=2, below=1), Observation("m", {"x": 1.5}), []),
        (LimitAlert(name="a", measure="x", above=1), Observation("m", {"y": 2.0}), None),
        (DriftAlert(name="a"), moved("b", "c"), ["b", "c"]),
        (DriftAlert(name="a", columns=("c",)), moved("b", "c"), ["c"]),
        (DriftAlert(name="a"), Observation("m", {"x": 1.0}), None),
    ],
)
def test_rules_find_what_they_say(rule: Any, observation: Observation, found: list[str] | None) -> None:
    findings = rule.findings(observation)
    assert (None if findings is None else [each.subject for each in findings]) == found


@pytest.mark.parametrize(
    "change",
    [
        {"rules": [{"kind": "limit", "name": "a", "measure": "x"}]},
        {"rules": [{"kind": "limits", "name": "a"}]},
        {"rules": [*RULES, {"kind": "drift", "name": "slow"}]},
        {"rules": [{"kind": "drift", "name": "a\nb"}]},
        {"sinks": [{"kind": "file", "path": "a"}, {"kind": "file", "path": "b"}]},
        {"sinks": [{"kind": "pager"}]},
        {"again_after_hours": 0},
    ],
)
def test_settings_that_cannot_be_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        settings(**change)
