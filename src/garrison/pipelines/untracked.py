"""For pipelines that tell no tracking server: variables about tracking, set for the others, do not stop them."""

import os

TRACKING = "GARRISON__TRACKING__"


def untracked_environment() -> dict[str, str]:
    """The environment variables but those about tracking."""
    return {name: value for name, value in os.environ.items() if not name.upper().startswith(TRACKING)}
