"""Several processes at one registry at once, and processes that are killed in the middle."""

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from garrison.errors import RegistryError
from garrison.registry import LocalRegistry

MakeDetector = Callable[..., Path]

PUSH = """
import sys
from pathlib import Path
from garrison.registry import LocalRegistry
registry = LocalRegistry(Path(sys.argv[1]), wait_s=60)
for folder in sys.argv[2:]:
    registry.push(Path(folder), "phishing", stage="production")
"""

PROMOTE = """
import sys
from pathlib import Path
from garrison.registry import LocalRegistry
LocalRegistry(Path(sys.argv[1]), wait_s=60).promote("phishing", int(sys.argv[2]), reason=sys.argv[2])
"""

HOLD = """
import sys
from pathlib import Path
from garrison.registry.turn import alone
with alone(Path(sys.argv[1]), wait_s=0):
    print("held", flush=True)
    sys.stdin.read()
"""

DIE = """
import os, shutil, signal, sys
from pathlib import Path
from garrison.registry import LocalRegistry

def die_at(owner, name, nth):
    calls, original = [], getattr(owner, name)
    def counted(*given, **named):
        calls.append(name)
        if len(calls) == nth:
            os.kill(os.getpid(), signal.SIGKILL)
        return original(*given, **named)
    setattr(owner, name, counted)

root, detector, action, function, nth = sys.argv[1:]
registry = LocalRegistry(Path(root))
owners = {"copyfile": shutil, "fsync": os, "replace": Path}
die_at(owners[function], function, int(nth))
if action == "push":
    registry.push(Path(detector), "phishing", stage="production")
elif action == "promote":
    registry.promote("phishing", 3)
else:
    registry.rollback("phishing")
"""


def start(script: str, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def ended(process: subprocess.Popen[str]) -> int:
    process.communicate(timeout=120)
    return process.returncode


def remains(registry: LocalRegistry) -> list[str]:
    return [path.name for path in registry.root.rglob("*") if path.name.endswith((".part", ".old"))]


def test_pushes_at_once_queue_and_readers_see_whole_versions_only(
    make_detector: MakeDetector, tmp_path: Path
) -> None:
    registry = LocalRegistry(tmp_path / "models")
    registry.push(make_detector("zero"), "phishing", stage="production")
    folders = [make_detector(f"{writer}-{turn}") for writer in range(3) for turn in range(2)]
    writers = [start(PUSH, registry.root, *folders[at : at + 2]) for at in (0, 2, 4)]
    seen = 0
    while seen == 0 or any(writer.poll() is None for writer in writers):
        assert (registry.load("phishing") / "processor.json").is_file()
        seen += 1
    assert [ended(writer) for writer in writers] == [0, 0, 0]
    versions = registry.versions("phishing")
    assert [version.version for version in versions] == list(range(1, 8))
    assert [version.record.parent for version in versions] == [None, 1, 2, 3, 4, 5, 6]
    contents = {(registry.load("phishing", version=v) / "processor.json").read_text() for v in range(2, 8)}
    assert contents == {(folder / "processor.json").read_text() for folder in folders}
    assert remains(registry) == []


def test_promotions_at_once_leave_one_winner_and_a_full_history(
    make_detector: MakeDetector, tmp_path: Path
) -> None:
    registry = LocalRegistry(tmp_path / "models")
    for number in (1, 2, 3):
        registry.push(make_detector(str(number)), "phishing")
    promoters = [start(PROMOTE, registry.root, number) for number in (1, 2, 3)]
    assert [ended(promoter) for promoter in promoters] == [0, 0, 0]
    history = registry.history("phishing")
    assert sorted(move.version for move in history) == [1, 2, 3]
    current = registry.current("phishing")
    assert current is not None
    assert current.version == history[-1].version
    assert registry.rollback("phishing").version == history[-2].version


def test_one_who_waits_too_long_is_told_who_holds_the_model(
    make_detector: MakeDetector, tmp_path: Path
) -> None:
    registry = LocalRegistry(tmp_path / "models", wait_s=0)
    registry.push(make_detector(), "phishing", stage="production")
    holder = start(HOLD, registry.root / ".locks" / "phishing")
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(RegistryError, match=f"this model.s name: process {holder.pid} "):
            registry.push(make_detector("two"), "phishing")
        assert registry.load("phishing").is_dir()
        assert registry.push(make_detector("three"), "another").version == 1
    finally:
        assert ended(holder) == 0
    assert registry.push(make_detector("four"), "phishing").version == 2


@pytest.mark.parametrize(
    ("action", "function", "nth"),
    [
        ("push", "copyfile", 1),
        ("push", "copyfile", 3),
        ("push", "fsync", 1),
        ("push", "fsync", 6),
        ("push", "replace", 1),
        ("push", "replace", 2),
        ("push", "replace", 3),
        ("promote", "copyfile", 2),
        ("promote", "replace", 2),
        ("promote", "replace", 3),
        ("rollback", "replace", 1),
    ],
)
def test_a_killed_process_leaves_the_old_version_current_and_the_next_cleans_up(
    make_detector: MakeDetector, tmp_path: Path, action: str, function: str, nth: int
) -> None:
    registry = LocalRegistry(tmp_path / "models", wait_s=5)
    registry.push(make_detector("one"), "phishing", stage="production")
    registry.push(make_detector("two"), "phishing", stage="production")
    registry.push(make_detector("three"), "phishing")
    died = start(DIE, registry.root, make_detector("four"), action, function, nth)
    assert ended(died) == -signal.SIGKILL
    assert registry.load("phishing").parent.name == "2"
    assert [move.version for move in registry.history("phishing")] == [1, 2]
    for version in registry.versions("phishing"):
        assert registry.load("phishing", version=version.version).is_dir()

    pushed = registry.push(make_detector("five"), "phishing", stage="production")
    assert registry.load("phishing").parent.name == str(pushed.version)
    assert pushed.record.parent == 2
    assert remains(registry) == []
    assert registry.promote("phishing", 3).version == 3
    assert registry.rollback("phishing").version == pushed.version
    assert sorted(path.name for path in registry.root.iterdir()) == [".locks", "experimental", "production"]
