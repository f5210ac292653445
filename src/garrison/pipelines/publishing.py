"""Where a detector goes after its evaluation: always to experimental; to production and beyond if it was accepted."""

from dataclasses import dataclass
from pathlib import Path

from garrison.pipelines.settings import PusherSettings
from garrison.pipelines.stages.evaluation import Evaluation
from garrison.pipelines.stages.pusher import Packaged
from garrison.registry import LocalRegistry, Version, push_to
from garrison.run.folder import RunFolder


@dataclass(frozen=True)
class Published:
    """The version a detector got, and every place it went to."""

    version: int
    stage: str
    path: Path
    places: tuple[str, ...]


def publish(
    settings: PusherSettings,
    packaged: Packaged,
    evaluation: Evaluation,
    *,
    registry: LocalRegistry,
    run: RunFolder,
    name: str,
    tracking_uri: str | None,
) -> Published:
    """Push the detector to experimental; promote an accepted one and push it to the other places.

    A run that is resumed pushes nothing twice: its version is known by the run's id and the detector's digest.
    """
    version = _pushed_before(registry, name, run.id, packaged.digest)
    if version is None:
        record = {
            "run": run.id,
            "metrics": evaluation.measures,
            "reason": evaluation.verdict,
            "manifest_sha256": packaged.digest,
        }
        version = registry.push(packaged.detector, name, record=record)
    if not evaluation.accepted:
        return Published(version=version.version, stage="experimental", path=version.path, places=())
    promoted = version
    current = registry.current(name)
    if current is None or current.version != version.version:
        promoted = registry.promote(name, version.version, reason=evaluation.verdict)
    places = tuple(
        push_to(url, packaged.detector, name=name, tracking_uri=tracking_uri) for url in settings.to
    )
    return Published(version=version.version, stage="production", path=promoted.path, places=places)


def _pushed_before(registry: LocalRegistry, name: str, run_id: str, digest: str) -> Version | None:
    for version in registry.versions(name, "experimental"):
        record = version.record
        if record.run == run_id and record.facts.get("manifest_sha256") == digest:
            return version
    return None


def production_before(registry: LocalRegistry, name: str, run_id: str) -> int | None:
    """The version in production that a run is measured against: not the one that this very run put there."""
    current = registry.current(name)
    if current is None:
        return None
    return current.record.parent if current.record.run == run_id else current.version
