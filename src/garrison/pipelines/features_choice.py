"""Which features file describes the data: the one that is named, the data set's own, or the pipeline's."""

from collections.abc import Sequence
from pathlib import Path

from garrison.data.catalogue import datasets
from garrison.data.configs import features_file
from garrison.pipelines.settings import IngestionSettings

DEFAULT = "features.json"


def features_path(settings: IngestionSettings, *, folders: Sequence[Path], default: Path) -> Path:
    """The features file: a path as it stands, else a name in one of ``folders``, else in ``default``."""
    named = settings.features
    if named is None:
        known = datasets().get(settings.data or "")
        named = known.features if known is not None else DEFAULT
    places = [*folders, default, default.parent]
    return features_file(named, folders=places, setting="ingestion.features").resolve()
