"""Where data sets are looked for before anything is downloaded."""

import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path

from garrison.data.catalogue.base import DataFile, Dataset


def cache_folder() -> Path:
    """Where downloads are kept: ``GARRISON_CACHE``, or the user's cache folder of this system."""
    if chosen := os.environ.get("GARRISON_CACHE"):
        return Path(chosen)
    import platformdirs

    return platformdirs.user_cache_path("garrison", appauthor=False)


def data_folders() -> tuple[Path, ...]:
    """The folders a data set is looked for in, in order.

    ``GARRISON_DATA``, then ``../shared/datasets`` beside the working folder and beside a source tree, then
    the cache.
    """
    places = [Path(chosen)] if (chosen := os.environ.get("GARRISON_DATA")) else []
    places.append(Path.cwd().parent / "shared" / "datasets")
    tree = Path(__file__).parents[4]
    if (tree / "pyproject.toml").is_file():
        places.append(tree.parent / "shared" / "datasets")
    places.append(cache_folder() / "datasets")
    return tuple(dict.fromkeys(places))


def package_folder(package: str) -> Path | None:
    """Where an installed package's files lie, found without importing it; None when it is not installed."""
    found = importlib.util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        return None
    return Path(next(iter(found.submodule_search_locations)))


def candidates(dataset: Dataset, file: DataFile) -> Iterator[Path]:
    """The existing files that may be ``file``, best first; their content is not looked at."""
    folders: list[Path] = []
    if dataset.package and (folder := package_folder(dataset.package)):
        folders.append(folder)
    for folder in (*folders, *data_folders()):
        for path in dict.fromkeys((folder / file.name, folder / file.base_name)):
            if path.is_file():
                yield path
