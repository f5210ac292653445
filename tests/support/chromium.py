"""The browser of the tests: the Chromium of this machine, without a window."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

NEEDED = "GARRISON_NEED_BROWSER"
"""The environment variable by which a missing browser is a failure, and not a skip."""

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def chromium() -> Path:
    """Where Chromium is; without one the test is skipped, or fails where a browser is needed."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        said = f"no Chromium on this machine (looked for {', '.join(NAMES)}): apt-get install chromium"
        if os.environ.get(NEEDED):
            pytest.fail(said, pytrace=False)
        pytest.skip(said)
    return Path(found)


@contextlib.contextmanager
def browser() -> Iterator[Browser]:
    """A browser; a sandbox within a container's root is not to be had."""
    path = chromium()
    arguments = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(path), args=arguments, timeout=120_000)
        try:
            yield started
        finally:
            started.close()
