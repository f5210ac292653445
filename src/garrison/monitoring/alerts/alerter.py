"""Looks at what was observed by the rules, and tells the sinks: once for each cause, and once more when it goes on."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from garrison.monitoring.alerts.message import Message
from garrison.monitoring.alerts.observation import Finding, Observation
from garrison.monitoring.alerts.settings import AlertSettings
from garrison.monitoring.alerts.sinks import NotSent, Sink
from garrison.monitoring.alerts.state import Cause, known_causes

Known = dict[tuple[str, str, str], Cause]


@dataclass(frozen=True)
class Told:
    """What was found, how much of it each sink was told of just now, and which sinks could not be reached, and why."""

    findings: tuple[Finding, ...]
    sent: dict[str, int]
    failed: dict[str, str]


class Alerter:
    """Tells of alerts by ``settings``; paths are relative to ``workspace``.

    A cause is a rule, a model and a subject. It is told to each sink once; again after ``again_after_hours`` if it goes
    on, and when it comes back after it ended. A sink that could not be reached is told with the next observation. What
    an observation says nothing of stays as it was.
    """

    def __init__(
        self,
        settings: AlertSettings,
        *,
        workspace: Path,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._settings = settings
        self._sinks = tuple(sink.placed(workspace) for sink in settings.sinks)
        self._state = workspace / settings.state
        self._now = now

    def tell(self, observation: Observation) -> Told:
        """Judge an observation and send what has to be told.

        Raises ``SettingsError`` where a sink's secret is not in the environment.
        """
        now = self._now()
        with known_causes(self._state) as causes:
            findings = self._judge(observation, causes, now.timestamp())
            sent: dict[str, int] = {}
            failed: dict[str, str] = {}
            for sink in self._sinks:
                message = self._message(sink, observation.model, causes, now)
                if not message.begun and not message.ended:
                    continue
                try:
                    sink.send(message)
                except NotSent as error:
                    failed[sink.title] = str(error)
                    continue
                sent[sink.title] = len(message.begun) + len(message.ended)
                self._note(sink, message, causes, now.timestamp())
            self._forget(causes)
        return Told(findings, sent, failed)

    def _judge(self, observation: Observation, causes: Known, now: float) -> tuple[Finding, ...]:
        """Write what the rules find into the causes, and which causes ended."""
        findings: list[Finding] = []
        for rule in self._settings.rules:
            found = rule.findings(observation)
            if found is None:
                continue
            findings += found
            keys = {(observation.model, each.rule, each.subject) for each in found}
            for each in found:
                key = (observation.model, each.rule, each.subject)
                if key not in causes or causes[key].ended:
                    causes[key] = Cause(
                        model=key[0], rule=each.rule, subject=each.subject, text=each.text, since=now
                    )
                causes[key].text = each.text
            for key, cause in causes.items():
                if key[:2] == (observation.model, rule.name) and key not in keys:
                    cause.ended = True
                    if not self._settings.tell_end:
                        cause.told.clear()
        return tuple(findings)

    def _message(self, sink: Sink, model: str, causes: Known, now: datetime) -> Message:
        """What this sink has to be told of the model."""
        again = self._settings.again_after_hours * 3_600
        begun, ended = [], []
        for cause in causes.values():
            if cause.model != model:
                continue
            finding = Finding(cause.rule, cause.subject, cause.text)
            last = cause.told.get(sink.title)
            if cause.ended:
                if last is not None:
                    ended.append(finding)
            elif last is None or now.timestamp() - last >= again:
                begun.append(finding)
        return Message(model, now.isoformat(timespec="seconds"), tuple(begun), tuple(ended))

    def _forget(self, causes: Known) -> None:
        """Drop causes whose end is told to everyone who is still there to be told."""
        there = {sink.title for sink in self._sinks}
        for key, cause in list(causes.items()):
            if cause.ended and not there.intersection(cause.told):
                del causes[key]

    def _note(self, sink: Sink, message: Message, causes: Known, now: float) -> None:
        for each in message.begun:
            causes[message.model, each.rule, each.subject].told[sink.title] = now
        for each in message.ended:
            del causes[message.model, each.rule, each.subject].told[sink.title]
