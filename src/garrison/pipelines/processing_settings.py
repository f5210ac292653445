"""The settings of `garrison process`: one small file, checked once at the edge."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field

from garrison.data.configs import config_folder
from garrison.errors import SettingsError
from garrison.run.settings import Section, load_settings


class ProcessingSettings(Section):
    """How raw events become processed ones."""

    features: str = Field(
        default="features.json", description="the features file: a name beside the settings file, or a path"
    )
    format: str | None = Field(
        default=None,
        description="the format of the raw files (csv, netflow, zeek, …); by their names if not given",
    )
    labels: bool = Field(
        default=True, description="false: nobody has judged the events, and no column says the truth"
    )
    windows: bool = Field(
        default=True, description="add the past behaviour that the features file asks for to each event"
    )
    deduplicate: bool = Field(
        default=False,
        description="drop rows that repeat an earlier one exactly, time included; always counted",
    )
    skip: tuple[str, ...] = Field(
        default=(), description="patterns of names in the raw folder that are no events and are left unread"
    )
    batch_rows: int = Field(
        default=65_536, ge=1, le=1_048_576, description="rows in memory at a time; changes nothing else"
    )


@dataclass(frozen=True)
class LoadedProcessing:
    """Typed settings, and the features file they lead to."""

    settings: ProcessingSettings
    features: Path


def processing_settings(
    config: Path | None = None, *, features: Path | None = None, overrides: Sequence[str] = ()
) -> LoadedProcessing:
    """The settings of ``config`` over those that come with Garrison, and the features file.

    ``features`` wins over the settings' own. ``SettingsError`` for a setting that does not exist or does not fit, and
    for a features file that is not there.
    """
    default = config_folder("threats")
    settings = load_settings(
        ProcessingSettings,
        file=config,
        default=default / "processing.yml",
        environment={},
        overrides=overrides,
    )
    named = settings.features
    places = [features] if features else [Path(named), default / named]
    if config is not None and features is None:
        places.insert(1, config.parent / named)
    for place in places:
        if place.is_file():
            return LoadedProcessing(settings, place)
    raise SettingsError(
        f"no such features file: {features or named}",
        where=", ".join(str(place.parent) for place in places),
        expected="a features file beside the settings file, or a path",
        remedy="check the name (setting: features)",
    )
