"""A workspace with models in production, and a service of it that answers on a loopback socket."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from running_service import running
from served_models import events_detector, flows_detector, publish

from garrison.serving.http.service import Service


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Models that no test changes: flows, and events with a past."""
    folder = tmp_path_factory.mktemp("workspace")
    publish(flows_detector(), folder)
    publish(events_detector(), folder)
    return folder


@pytest.fixture
def own_workspace(tmp_path: Path) -> Path:
    """A workspace of the test's own, with version 1 of flows in production."""
    publish(flows_detector(), tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def both(workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[httpx.Client, Service]]:
    """A service of both models, with a quarantine."""
    quarantine = tmp_path_factory.mktemp("quarantine") / "refused.jsonl"
    models = ("production/flows", "production/events")
    with running(workspace, models=models, quarantine=str(quarantine)) as found:
        yield found


@pytest.fixture(scope="module")
def client(both: tuple[httpx.Client, Service]) -> httpx.Client:
    """A client of that service."""
    return both[0]
