"""Where a detector goes after its evaluation: always to experimental; to production and beyond if it was accepted."""

from dataclasses import dataclass
from pathlib import Path

from garrison.pipelines.settings import DetectionSettings, PusherSettings
from garrison.pipelines.stages.evaluation import Evaluation
from garrison.pipelines.stages.pusher import Packaged
from garrison.registry import JUDGEMENT, SETTINGS, LocalRegistry, Version, check_address, push_to
from garrison.run.folder import RunFolder
from garrison.run.redaction import redact_value
from garrison.run.settings import settings_json


@dataclass(frozen=True)
class Published:
    """The version a detector got, and every other place it goes to."""

    version: int
    stage: str
    path: Path
    places: tuple[str, ...]


def publish(
    settings: DetectionSettings,
    packaged: Packaged,
    evaluation: Evaluation,
    *,
    registry: LocalRegistry,
    run: RunFolder,
    against: int | None,
) -> Published:
    """Push the detector to experimental, and promote an accepted one over ``against``, which it was compared with.

    A run that is resumed pushes nothing twice: its version is known by the run's id and the detector's digest. Raises
    ``RegistryError`` when another version came into production meanwhile.
    """
    name = settings.name
    version = _pushed_before(registry, name, run.id, packaged.digest)
    if version is None:
        record = {
            "run": run.id,
            "metrics": evaluation.measures,
            "reason": evaluation.verdict,
            "manifest_sha256": packaged.digest,
            JUDGEMENT: evaluation.judgement,
            SETTINGS: redact_value(settings_json(settings)),
        }
        version = registry.push(packaged.detector, name, record=record)
    if not evaluation.accepted or not settings.pusher.promote:
        return Published(version=version.version, stage="experimental", path=version.path, places=())
    promoted = version
    current = registry.current(name)
    if current is None or current.version != version.version:
        own = {each.version for each in registry.versions(name) if each.record.run == run.id}
        promoted = registry.promote(name, version.version, reason=evaluation.verdict, over={against, *own})
    return Published(
        version=version.version, stage="production", path=promoted.path, places=settings.pusher.to
    )


def check_places(settings: PusherSettings, *, name: str, tracking_uri: str | None) -> None:
    """Refuse addresses that are none, or whose credentials are missing, before anything is learnt."""
    for url in settings.to:
        check_address(url, name=name, tracking_uri=tracking_uri)


def push_elsewhere(
    published: Published, packaged: Packaged, *, run: RunFolder, name: str, tracking_uri: str | None
) -> None:
    """Push an accepted detector to the other places; a resumed run sends nothing twice, as its record says."""
    sent = {(digest, url): address for digest, url, address in run.record.notes.get("sent", ())}
    for url in published.places:
        if (packaged.digest, url) not in sent:
            sent[packaged.digest, url] = push_to(url, packaged.detector, name=name, tracking_uri=tracking_uri)
            run.update_record(notes={**run.record.notes, "sent": [[*key, sent[key]] for key in sent]})


def _pushed_before(registry: LocalRegistry, name: str, run_id: str, digest: str) -> Version | None:
    for version in registry.versions(name, "experimental"):
        record = version.record
        if record.run == run_id and record.facts.get("manifest_sha256") == digest:
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
