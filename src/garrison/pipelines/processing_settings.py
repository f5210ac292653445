"""The settings of `garrison process`: one small file, checked once at the edge."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field

from garrison.data.configs import config_file, config_folder, features_file
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

    ``config`` may be the bare name of a file that comes with Garrison. ``features`` wins over the settings' own.
    ``SettingsError`` for a setting that does not exist or does not fit, and for a features file that is not there.
    """
    default = config_folder("threats")
    file = None if config is None else config_file("threats", config)
    settings = load_settings(
        ProcessingSettings,
        file=file,
        default=default / "processing.yml",
        environment={},
        overrides=overrides,
    )
    if features is not None:
        return LoadedProcessing(settings, features_file(str(features), folders=[], setting="--features"))
    places = [*([file.parent] if file else []), default]
    return LoadedProcessing(settings, features_file(settings.features, folders=places, setting="features"))
