"""The phishing pipeline: is this web site, or this URL, phishing?

The same stages serve two detectors: one on the thirty properties of a web site (``training.yml``), one on the raw
URL alone (``urls.yml``).
"""

from collections.abc import Sequence
from pathlib import Path

from garrison.data.configs import config_folder
from garrison.errors import UsageError
from garrison.pipelines.detection import SETTINGS_FILE, run_detection
from garrison.pipelines.features_choice import features_path
from garrison.pipelines.outcome import Outcome
from garrison.pipelines.settings import DetectionSettings, Loaded, anchored
from garrison.run.find import find_run
from garrison.run.folder import RunFolder
from garrison.run.settings import load_settings

PIPELINE = "phishing"


def settings_for(config: Path | None, *, overrides: Sequence[str] = ()) -> Loaded:
    """The phishing settings: the defaults, then ``config``, then the environment, then ``overrides``."""
    folder = config_folder(PIPELINE)
    settings = load_settings(
        DetectionSettings, file=_config_path(config), default=folder / "training.yml", overrides=overrides
    )
    beside = _config_path(config)
    settings = anchored(settings)
    return Loaded(
        settings=settings,
        features=features_path(settings.ingestion, folders=[beside.parent] if beside else [], default=folder),
    )


def run_phishing(
    loaded: Loaded, *, workspace: Path, name: str | None = None, until: str | None = None
) -> Outcome:
    """Run the phishing pipeline in a new folder under ``workspace/runs``."""
    run = RunFolder.create(workspace / "runs", pipeline=PIPELINE, name=name)
    return run_detection(loaded.settings, loaded.features, run=run, workspace=workspace, until=until)


def resume_phishing(
    name: str,
    *,
    workspace: Path,
    config: Path | None = None,
    overrides: Sequence[str] = (),
    until: str | None = None,
) -> Outcome:
    """Go on with a run: stages that are finished, and whose settings are as they were, are not made again."""
    folder = find_run(workspace / "runs", name)
    kept = folder / SETTINGS_FILE
    if config is None and not kept.is_file():
        raise UsageError(
            "the run was stopped before its settings were kept",
            where=str(folder),
            remedy="start a new run",
        )
    loaded = settings_for(config or kept, overrides=overrides)
    run = RunFolder.open(folder)
    return run_detection(loaded.settings, loaded.features, run=run, workspace=workspace, until=until)


def _config_path(config: Path | None) -> Path | None:
    """A path as given, or the name of a settings file that comes with Garrison (``urls.yml``)."""
    if config is None or config.exists():
        return config
    bundled = config_folder(PIPELINE) / config.name
    return (
        bundled
        if str(config) in {config.name, f"configs/{PIPELINE}/{config.name}"} and bundled.exists()
        else config
    )
