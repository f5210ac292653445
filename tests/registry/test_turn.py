"""Writers of one name wait for each other, and not for ever."""

import threading
from pathlib import Path

import pytest

from garrison.errors import RegistryError
from garrison.registry.turn import alone


def test_the_second_waits_until_the_first_is_done(tmp_path: Path) -> None:
    path, done, inside = tmp_path / "deep" / ".lock", [], threading.Event()

    def first() -> None:
        with alone(path, wait_s=10):
            inside.set()
            release.wait(10)
            done.append("first")

    release = threading.Event()
    thread = threading.Thread(target=first)
    thread.start()
    inside.wait(10)
    threading.Timer(0.3, release.set).start()
    with alone(path, wait_s=10):
        done.append("second")
    thread.join()
    assert done == ["first", "second"]


def test_who_waits_too_long_is_told_who_holds_it(tmp_path: Path) -> None:
    path = tmp_path / ".lock"
    with (
        alone(path, wait_s=1),
        pytest.raises(RegistryError, match="another process is changing") as caught,
        alone(path, wait_s=0),
    ):
        pass
    assert caught.value.where == str(path)
