"""Settings as they were resolved, kept in a file from which the same can be done again."""

from pathlib import Path

import yaml

from garrison.files import atomic_file
from garrison.pipelines.settings import DetectionSettings
from garrison.run.redaction import redact_value
from garrison.run.settings import settings_json


def keep_resolved(settings: DetectionSettings, features: Path, path: Path) -> None:
    """Write every setting, and where the features file lies, to ``path``; secrets in them are hidden."""
    facts = settings_json(settings)
    facts["ingestion"]["features"] = str(features)
    with atomic_file(path) as temporary:
        temporary.write_text(yaml.safe_dump(redact_value(facts), sort_keys=False), encoding="utf-8")
