"""One scheduler and two workers for all the tests of this folder."""

from collections.abc import Iterator

import pytest
from dask_place import pids, scheduler, workers


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The scheduler's address."""
    pytest.importorskip("distributed")
    folder = tmp_path_factory.mktemp("cluster")
    with scheduler(folder) as (found, _), workers(folder, found):
        pids(found, count=2)
        yield found
