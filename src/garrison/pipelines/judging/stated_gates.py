"""The gates that a model is judged by: those of a settings file, or those of the run that made it."""

from pathlib import Path
from typing import Any

from garrison.assurance import Gate, read_gates
from garrison.errors import SettingsError
from garrison.pipelines.privacy.sides import SETTINGS as SETTINGS_FILE
from garrison.pipelines.watching.model import REGISTRY
from garrison.registry import SETTINGS, resolve_model
from garrison.run.setting_layers import read_yaml_file


def gates_of(model: str, path: Path | None, *, workspace: Path) -> tuple[Gate, ...]:
    """The gates stated in the settings file ``path``, else in the record of ``model``; none where nothing states any.

    Raises ``SettingsError`` for a file without gates, an unknown figure or an odd bound.
    """
    if path is not None:
        stated = read_yaml_file(path).values.get("gates")
        if not isinstance(stated, dict) or not stated:
            raise SettingsError(
                "the file states no gates",
                where=str(path),
                expected="gates: a mapping such as {evasion.detection@cost=2: '>= 0.9'}",
                remedy="name a settings file that has some",
            )
        return read_gates({str(name): _bound(bound) for name, bound in stated.items()})
    found = resolve_model(model, root=workspace / REGISTRY)
    settings: Any = found.record.facts.get(SETTINGS) if found.record else _settings_around(found.folder)
    stated = settings.get("gates") if isinstance(settings, dict) else None
    return read_gates(stated) if isinstance(stated, dict) else ()


def _bound(value: Any) -> str | None:
    return None if value is None else str(value)


def _settings_around(folder: Path) -> dict[str, Any] | None:
    """The settings of the run in whose folder a detector lies; None where it lies in none."""
    for around in folder.resolve().parents:
        if (around / SETTINGS_FILE).is_file():
            return read_yaml_file(around / SETTINGS_FILE).values
    return None
