"""Where a model goes after its evaluation: always to experimental; to production and beyond if it was accepted."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from garrison.pipelines.settings import PusherSettings
from garrison.registry import JUDGEMENT, SETTINGS, LocalRegistry, Version, check_address, push_to
from garrison.run.folder import RunFolder
from garrison.run.redaction import redact_value


@dataclass(frozen=True)
class Candidate:
    """A saved model that was judged: its folder, and what its version's record will say.

    ``digest`` is the SHA-256 of its manifest, ``measures`` its figures on the test part, ``judgement`` what it was
    judged by and ``settings`` those of the run, both as JSON values.
    """

    folder: Path
    digest: str
    measures: Mapping[str, float]
    judgement: Mapping[str, Any]
    accepted: bool
    verdict: str
    settings: Mapping[str, Any]

    def record(self, run: str) -> dict[str, Any]:
        """What is written down of its version, wherever it goes."""
        return {
            "run": run,
            "metrics": self.measures,
            "reason": self.verdict,
            "manifest_sha256": self.digest,
            JUDGEMENT: self.judgement,
            SETTINGS: redact_value(self.settings),
        }


@dataclass(frozen=True)
class Published:
    """The version a model got, and every other place it goes to."""

    version: int
    stage: str
    path: Path
    places: tuple[str, ...]


def publish(
    candidate: Candidate,
    pusher: PusherSettings,
    *,
    name: str,
    registry: LocalRegistry,
    run: RunFolder,
    against: int | None,
) -> Published:
    """Push the model to experimental, and promote an accepted one over ``against``, which it was compared with.

    A run that is resumed pushes nothing twice: its version is known by the run's id, the model's digest, and what it
    was judged by. Raises ``RegistryError`` when another version came into production meanwhile.
    """
    version = pushed_before(registry, name, run.id, candidate)
    if version is None:
        version = registry.push(candidate.folder, name, record=candidate.record(run.id))
    if not candidate.accepted or not pusher.promote:
        return Published(version=version.version, stage="experimental", path=version.path, places=())
    promoted = registry.current(name)
    if promoted is None or promoted.version != version.version:
        own = {each.version for each in registry.versions(name) if each.record.run == run.id}
        promoted = registry.promote(name, version.version, reason=candidate.verdict, over={against, *own})
    return Published(version=version.version, stage="production", path=promoted.path, places=pusher.to)


def check_places(settings: PusherSettings, *, name: str, tracking_uri: str | None) -> None:
    """Refuse addresses that are none, or whose credentials are missing, before anything is learnt."""
    for url in settings.to:
        check_address(url, name=name, tracking_uri=tracking_uri)


def push_elsewhere(
    published: Published, candidate: Candidate, *, run: RunFolder, name: str, tracking_uri: str | None
) -> None:
    """Push an accepted model to the other places; a resumed run sends nothing twice, as its record says."""
    sent = {(digest, url): address for digest, url, address in run.record.notes.get("sent", ())}
    for url in published.places:
        if (candidate.digest, url) not in sent:
            sent[candidate.digest, url] = push_to(
                url, candidate.folder, name=name, record=candidate.record(run.id), tracking_uri=tracking_uri
            )
            run.update_record(notes={**run.record.notes, "sent": [[*key, sent[key]] for key in sent]})


def pushed_before(registry: LocalRegistry, name: str, run_id: str, candidate: Candidate) -> Version | None:
    """The version that this model of the run got when it was pushed before; None where it was not.

    One that is judged anew, by other gates or against another model in production, becomes a version of its own.
    """
    for version in registry.versions(name, "experimental"):
        record = version.record
        if (
            record.run == run_id
            and record.facts.get("manifest_sha256") == candidate.digest
            and record.facts.get(JUDGEMENT) == candidate.judgement
        ):
            return version
    return None


def production_before(registry: LocalRegistry, name: str, run_id: str) -> int | None:
    """The version in production that a run is measured against: none of those that this very run put there."""
    current = registry.current(name)
    if current is None:
        return None
    known = {version.version: version for version in registry.versions(name)}
    number: int | None = current.version
    while number in known and known[number].record.run == run_id:
        number = known[number].record.parent
    return number
