"""Detectors in file systems that fsspec knows, and what is said when a package or the place is missing."""

import builtins
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from garrison.errors import IntegrityError, RegistryError
from garrison.registry import check_address, fetch_from, push_to

fsspec = pytest.importorskip("fsspec", reason="needs the extra fsspec")

MakeDetector = Callable[..., Path]

PUSH = """
import sys
from pathlib import Path
from garrison.registry import push_to
for folder in sys.argv[2:]:
    print(push_to(sys.argv[1], Path(folder), name="phishing"))
"""

DIE = """
import os, signal, sys
from pathlib import Path
from fsspec.implementations.local import LocalFileSystem
from garrison.registry import push_to
url, detector, function, nth = sys.argv[1:]
calls, original = [], getattr(LocalFileSystem, function)
def counted(self, *given, **named):
    calls.append(1)
    if len(calls) == int(nth):
        os.kill(os.getpid(), signal.SIGKILL)
    return original(self, *given, **named)
setattr(LocalFileSystem, function, counted)
push_to(url, Path(detector), name="phishing")
"""


@pytest.fixture(params=["memory", "local"])
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An address in memory, and one of a folder, both through fsspec."""
    memory = fsspec.filesystem("memory")
    yield "memory://models/team" if request.param == "memory" else f"local://{tmp_path}/models/team"
    memory.store.clear()
    memory.pseudo_dirs[:] = [""]


def test_a_detector_goes_there_and_comes_back_the_same(
    home: str, make_detector: MakeDetector, tmp_path: Path
) -> None:
    detector = make_detector()
    assert push_to(home, detector, name="phishing") == f"{home}/phishing/versions/000001.json"
    assert push_to(f"{home}/", make_detector("two"), name="phishing").endswith("000002.json")
    fetched = fetch_from(home, tmp_path / "fetched", name="phishing", version=1)
    for path in (path for path in detector.rglob("*") if path.is_file()):
        assert (fetched / path.relative_to(detector)).read_bytes() == path.read_bytes()
    latest = fetch_from(home, tmp_path / "latest", name="phishing")
    assert (latest / "processor.json").read_text() == '{"kind": "two"}'
    with pytest.raises(RegistryError, match="expected: one of: 1, 2"):
        fetch_from(home, tmp_path / "third", name="phishing", version=3)
    with pytest.raises(RegistryError, match="no version yet"):
        fetch_from(home, tmp_path / "none", name="nothing")


def test_a_number_that_is_taken_is_never_taken_again(
    home: str, make_detector: MakeDetector, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from garrison.registry.objects import ObjectModels

    push_to(home, make_detector("one"), name="phishing")
    truth = ObjectModels._numbers
    answers: Iterator[set[int]] = iter([set(), set()])
    monkeypatch.setattr(ObjectModels, "_numbers", lambda self, name: next(answers, None) or truth(self, name))
    assert push_to(home, make_detector("two"), name="phishing").endswith("000002.json")
    first = fetch_from(home, tmp_path / "first", name="phishing", version=1)
    assert (first / "processor.json").read_text() == '{"kind": "one"}'


def test_pushes_at_once_get_numbers_of_their_own(make_detector: MakeDetector, tmp_path: Path) -> None:
    home = f"local://{tmp_path}/models"
    folders = [make_detector(str(number)) for number in range(4)]
    pushers = [
        subprocess.Popen(
            [sys.executable, "-c", PUSH, home, *map(str, half)], stdout=subprocess.PIPE, text=True
        )
        for half in (folders[:2], folders[2:])
    ]
    addresses = [line for pusher in pushers for line in pusher.communicate(timeout=120)[0].split()]
    assert sorted(address[-11:] for address in addresses) == [f"{n:06}.json" for n in (1, 2, 3, 4)]
    for address, folder in zip(addresses, folders, strict=True):
        number = int(address[-11:-5])
        fetched = fetch_from(home, tmp_path / f"v{number}", name="phishing", version=number)
        assert (fetched / "processor.json").read_bytes() == (folder / "processor.json").read_bytes()


@pytest.mark.parametrize(
    ("function", "nth"), [("put_file", 1), ("put_file", 3), ("pipe_file", 1), ("pipe_file", 2), ("mv", 1)]
)
def test_a_push_killed_at_any_point_is_seen_by_nobody_and_can_be_repeated(
    make_detector: MakeDetector, tmp_path: Path, function: str, nth: int
) -> None:
    home = f"local://{tmp_path}/models"
    push_to(home, make_detector("one"), name="phishing")
    command = [sys.executable, "-c", DIE, home, str(make_detector("two")), function, str(nth)]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    fetched = fetch_from(home, tmp_path / "before", name="phishing")
    assert (fetched / "processor.json").read_text() == '{"kind": "one"}'
    push_to(home, make_detector("two"), name="phishing")
    fetched = fetch_from(home, tmp_path / "after", name="phishing")
    assert (fetched / "processor.json").read_text() == '{"kind": "two"}'


def test_a_file_changed_there_is_found_before_anything_arrives(
    make_detector: MakeDetector, tmp_path: Path
) -> None:
    home = f"local://{tmp_path}/models"
    push_to(home, make_detector(), name="phishing")
    next((tmp_path / "models").rglob("processor.json")).write_text("{}")
    with pytest.raises(IntegrityError, match="not what was pushed"):
        fetch_from(home, tmp_path / "fetched", name="phishing")
    assert not (tmp_path / "fetched").exists()


def test_a_file_missing_there_is_named(make_detector: MakeDetector, tmp_path: Path) -> None:
    home = f"local://{tmp_path}/models"
    push_to(home, make_detector(), name="phishing")
    next((tmp_path / "models").rglob("processor.json")).unlink()
    with pytest.raises(RegistryError, match=r"did not do what was asked \(FileNotFoundError\)"):
        fetch_from(home, tmp_path / "fetched", name="phishing")
    assert not (tmp_path / "fetched").exists()


def test_a_store_that_cannot_create_alone_is_refused(
    make_detector: MakeDetector, monkeypatch: pytest.MonkeyPatch
) -> None:
    from fsspec.implementations.memory import MemoryFileSystem

    def pipe_file(self: Any, path: str, value: bytes, mode: str = "overwrite", **_named: Any) -> None:
        raise NotImplementedError

    monkeypatch.setattr(MemoryFileSystem, "pipe_file", pipe_file)
    with pytest.raises(RegistryError, match="cannot create a file only where none is"):
        push_to("memory://refusing", make_detector(), name="phishing")


def test_a_place_without_permission_says_so(
    make_detector: MakeDetector, monkeypatch: pytest.MonkeyPatch
) -> None:
    from fsspec.implementations.memory import MemoryFileSystem

    def refuse(*_given: Any, **_named: Any) -> None:
        raise PermissionError(13, "token=hunter2hunter2")

    monkeypatch.setattr(MemoryFileSystem, "put_file", refuse)
    with pytest.raises(RegistryError, match="refused the access") as caught:
        push_to("memory://refusing", make_detector(), name="phishing")
    assert "hunter2" not in str(caught.value)


def test_what_is_not_installed_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    truth = builtins.__import__

    def without(name: str, *given: Any) -> Any:
        if name.partition(".")[0] in {"fsspec", "gcsfs"}:
            raise ImportError(f"No module named {name!r}")
        return truth(name, *given)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(RegistryError, match=r'pip install "garrison\[fsspec\]"'):
        check_address("gs://bucket/models", name="phishing")


def test_a_driver_that_is_not_installed_is_named() -> None:
    pytest.importorskip("fsspec")
    try:
        import gcsfs  # type: ignore[import-not-found]  # noqa: F401
    except ImportError:
        with pytest.raises(RegistryError, match="gcsfs"):
            check_address("gs://bucket/models", name="phishing")
    else:
        pytest.skip("gcsfs is installed here")
