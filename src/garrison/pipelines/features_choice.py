"""Which features file describes the data: the one that is named, the data set's own, or the pipeline's."""

from collections.abc import Sequence
from pathlib import Path

from garrison.data.catalogue import datasets
from garrison.data.configs import features_file
from garrison.pipelines.settings import IngestionSettings
from garrison.pipelines.stages.named_data import check_events

DEFAULT = "features.json"


def features_path(settings: IngestionSettings, *, folders: Sequence[Path], default: Path) -> Path:
    """The features file: a path as it stands, else a name in one of ``folders``, else in ``default``.

    ``SourceError`` when the data are a public set that is no table of events.
    """
    named = settings.features
    if named is None:
        known = datasets().get(settings.data or "")
        if known is not None:
            check_events(known.name)
        named = known.features if known is not None else DEFAULT
    places = [*folders, default, default.parent]
    return features_file(named, folders=places, setting="ingestion.features").resolve()
