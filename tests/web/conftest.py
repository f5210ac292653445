"""A workspace with a model of four versions, and services of it with pages: without keys, and with."""

from collections.abc import Iterator
from pathlib import Path
from shutil import copytree

import httpx
import pytest
from running_service import running
from web_place import write_web_keys, write_web_workspace
from web_visitor import Visitor

from garrison.serving.http.service import Service


@pytest.fixture(scope="session")
def web_workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace that no test changes; one that does takes a copy."""
    folder = tmp_path_factory.mktemp("web")
    write_web_workspace(folder)
    return folder


@pytest.fixture
def own_web_workspace(web_workspace: Path, tmp_path: Path) -> Path:
    """A workspace of the test's own."""
    folder = tmp_path / "workspace"
    copytree(web_workspace, folder)
    return folder


@pytest.fixture(scope="module")
def open_service(
    web_workspace: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[httpx.Client, Service]]:
    """A service without keys, with a log."""
    log = f"duckdb:///{tmp_path_factory.mktemp('log')}/log.db"
    with running(web_workspace, models=("production/threats",), with_pages=True, log=log) as found:
        yield found


@pytest.fixture
def visitor(open_service: tuple[httpx.Client, Service]) -> Visitor:
    """Somebody at a service without keys."""
    return Visitor(open_service[0])


@pytest.fixture(scope="module")
def keyed(
    web_workspace: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[httpx.Client, Service, dict[str, str]]]:
    """A service with keys, and what their holders write."""
    path = tmp_path_factory.mktemp("keys") / "keys.json"
    texts = write_web_keys(path)
    with running(web_workspace, models=("production/threats",), with_pages=True, keys=str(path)) as found:
        yield *found, texts
