"""Settings as they were resolved, kept in a file from which the same can be done again."""

from pathlib import Path
from typing import Any

import yaml

from garrison.files import atomic_file
from garrison.pipelines.settings import DetectionSettings
from garrison.run.redaction import redact_value
from garrison.run.settings import settings_json


def keep_settings(facts: dict[str, Any], path: Path) -> None:
    """Write settings, as JSON values, to ``path``; secrets in them are hidden."""
    with atomic_file(path) as temporary:
        temporary.write_text(_as_kept(facts), encoding="utf-8")


def are_kept(facts: dict[str, Any], path: Path) -> bool:
    """Whether the file at ``path`` holds these very settings."""
    return path.is_file() and path.read_text(encoding="utf-8") == _as_kept(facts)


def _as_kept(facts: dict[str, Any]) -> str:
    return yaml.safe_dump(redact_value(facts), sort_keys=False)


def resolved(settings: DetectionSettings, features: Path) -> dict[str, Any]:
    """Every setting, and where the features file lies, as JSON values."""
    facts = settings_json(settings)
    facts["ingestion"]["features"] = str(features)
    return facts
