"""Everything that is written down about a model, read without loading it: its manifest, its schema and its record."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from garrison.assurance import Judgement
from garrison.detection.integrity import Sealed, parse_json
from garrison.detection.saved import PROCESSOR, SCHEMA, verify_detector
from garrison.errors import SignatureError
from garrison.registry.address import FoundModel
from garrison.registry.envelope import read_envelope
from garrison.registry.promotion import SETTINGS, judgement_of
from garrison.registry.version import Record
from garrison.run.dotted_names import flattened


@dataclass(frozen=True)
class Description:
    """What a model says of itself and what its registry says of it.

    ``features`` are the columns it reads, by name, with their types; ``settings`` those of the run that made it, by
    dotted name; ``signed_by`` the ids of the keys named in its signature file, which is not verified here.
    """

    model: str
    folder: Path
    name: str
    family: str
    params: dict[str, Any]
    threshold: float | None
    threshold_rule: str
    data_fingerprint: str
    features: dict[str, str]
    processor_digest: str
    measures: dict[str, float]
    caveats: tuple[str, ...]
    versions: dict[str, str]
    signed_by: tuple[str, ...]
    record: Record | None
    judgement: Judgement | None
    settings: dict[str, Any]


def describe(found: FoundModel) -> Description:
    """The description of a model; raises ``IntegrityError`` when a byte of it was changed."""
    sealed = verify_detector(found.folder)
    record = found.record
    manifest = sealed.manifest
    threshold = manifest.get("threshold") or {}
    return Description(
        model=str(found),
        folder=found.folder,
        name=found.name,
        family=str(manifest.get("family") or manifest.get("network", "")),
        params=dict(manifest.get("params", {})),
        threshold=threshold.get("value"),
        threshold_rule=str(threshold.get("rule", "")),
        data_fingerprint=str(manifest.get("training_fingerprint", "")),
        features=_features(found.folder, sealed),
        processor_digest=str(manifest["files"].get(PROCESSOR, {}).get("sha256", "")),
        measures=dict(manifest.get("measures") or (record.metrics if record else {})),
        caveats=tuple(map(str, manifest.get("caveats", ()))),
        versions=dict(manifest.get("versions", {})),
        signed_by=_signed_by(found.folder, sealed),
        record=record,
        judgement=judgement_of(record) if record else None,
        settings=_settings(record),
    )


def _settings(record: Record | None) -> dict[str, Any]:
    found = record.facts.get(SETTINGS) if record else None
    return flattened(found) if isinstance(found, dict) else {}


def _features(folder: Path, sealed: Sealed) -> dict[str, str]:
    content = sealed.files.get(SCHEMA)
    if content is None:
        return {}
    columns = parse_json(content, where=str(folder / SCHEMA)).get("columns", [])
    return {str(each["name"]): str(each["type"]) for each in columns if each.get("role") != "label"}


def _signed_by(folder: Path, sealed: Sealed) -> tuple[str, ...]:
    if sealed.signature is None:
        return ()
    try:
        return tuple(sorted(read_envelope(sealed.signature, where=str(folder)).signatures))
    except SignatureError:
        return ("damaged",)
