"""Where settings and features files lie: those that are named, and those that come with Garrison."""

from collections.abc import Sequence
from pathlib import Path

import garrison
from garrison.errors import SettingsError, UsageError


def config_folder(pipeline: str) -> Path:
    """The folder of a pipeline's settings and features files: in the package, or beside a checkout's ``src``."""
    package = Path(garrison.__file__).parent
    for candidate in (package / "configs" / pipeline, package.parents[1] / "configs" / pipeline):
        if candidate.is_dir():
            return candidate
    raise UsageError(
        f"the settings of the {pipeline} pipeline are missing from this installation",
        where=str(package),
        remedy="install Garrison again",
    )


def config_file(pipeline: str, given: Path) -> Path:
    """The settings file at ``given``; where there is none, the one of that name that comes with Garrison.

    >>> config_file("threats", Path("processing.yml")).is_file(), config_file("threats", Path("mine.yml")).as_posix()
    (True, 'mine.yml')
    """
    bundled = config_folder(pipeline) / given.name
    named = {given.name, f"configs/{pipeline}/{given.name}"}
    return bundled if not given.exists() and str(given) in named and bundled.exists() else given


def features_file(named: str, *, folders: Sequence[Path], setting: str) -> Path:
    """The features file: ``named`` as a path as it stands, else as a name in one of ``folders``, in their order.

    ``SettingsError`` where there is none; ``setting`` is where the name came from.
    """
    for candidate in (Path(named), *(folder / named for folder in folders)):
        if candidate.is_file():
            return candidate
    raise SettingsError(
        f"{setting}: no such features file: {named}",
        where=", ".join(dict.fromkeys(map(str, (Path(named).parent, *folders)))),
        expected="a features file beside the settings file, or a path",
        remedy="check the name",
    )
