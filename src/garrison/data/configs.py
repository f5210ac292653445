"""Where the settings and features files that come with Garrison lie."""

from pathlib import Path

import garrison
from garrison.errors import UsageError


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
