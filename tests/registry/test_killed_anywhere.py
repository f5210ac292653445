"""A writer killed at every step it takes: whoever reads then finds whole models only, and the next writer goes on.

One process imports everything once and forks a child for each step. The child counts what it asks of the operating
system (opening, renaming, making, removing) below the registry, and at its n-th question kills itself with SIGKILL.
"""

import json
import subprocess
import sys

import pytest
from small_detectors import save_small_detector, small_sites

from garrison.detection import load_detector
from garrison.registry import LocalRegistry, make_keys

ATTEMPTS = """
import json, os, shutil, signal, sys
from pathlib import Path
from garrison.registry import LocalRegistry, promote_judged, read_signing_key, sign_detector

os.fsync = lambda _: None  # what a power cut needs, a kill does not; on a busy disk it takes most of the time
base, work, detector, key = map(Path, sys.argv[1:])
signing = read_signing_key(key)

def act(action, root):
    registry = LocalRegistry(root)
    if action == "push":
        registry.push(detector, "sites", stage="production")
    elif action == "promote":
        promote_judged(registry, "sites", 3, force=True, reason="a test")
    elif action == "rollback":
        registry.rollback("sites")
    else:
        sign_detector(root / "production" / "sites" / "2" / "detector", signing)

def fragile(action, root, n):
    asked = []
    def hook(event, given):
        if event in {"open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.chmod", "shutil.copyfile"}:
            if any(str(each).startswith(str(root)) for each in given if isinstance(each, (str, Path))):
                asked.append(event)
                if len(asked) == n:
                    os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(hook)
    act(action, root)

def check(action, root, n):
    registry = LocalRegistry(root)
    current = registry.current("sites").version
    for stage in ("experimental", "production"):
        for version in registry.versions("sites", stage):
            registry.load("sites", stage, version=version.version)
            assert version.record.version == version.version
    pushed = registry.push(detector, "sites", stage="production")
    assert registry.current("sites").version == pushed.version
    remains = [str(path) for path in registry.root.rglob("*.part")]
    assert action == "sign" or not remains, (n, remains)
    return current

def attempts(action):
    n, seen = 0, []
    while True:
        n += 1
        root = work / f"{action}-{n}"
        shutil.copytree(base, root)
        child = os.fork()
        if child == 0:
            try:
                fragile(action, root, n)
                os._exit(0)
            except BaseException:
                os._exit(3)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            assert os.WEXITSTATUS(status) == 0, (n, status)
            return seen
        seen.append(check(action, root, n))
        shutil.rmtree(root)

print(json.dumps({action: attempts(action) for action in ("push", "promote", "rollback", "sign")}))
"""


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[int]]:
    """For each action the version that was current after a kill at its first, second, … last step."""
    place = tmp_path_factory.mktemp("killed")
    folder = save_small_detector(place / "detector")
    registry = LocalRegistry(place / "base")
    registry.push(folder, "sites", stage="production")
    registry.push(save_small_detector(place / "second", seed=2), "sites", stage="production")
    registry.push(save_small_detector(place / "third", seed=3), "sites")
    private, _, _ = make_keys(place / "keys")
    (place / "work").mkdir()
    done = subprocess.run(
        [sys.executable, "-c", ATTEMPTS, *map(str, (registry.root, place / "work", folder, private))],
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    assert done.returncode == 0, done.stderr
    for left in (place / "work").iterdir():
        detector = load_detector(LocalRegistry(left).load("sites"))
        assert detector.score(small_sites(5).drop_columns(["bad"])).shape == (200,)
    found: dict[str, list[int]] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize(
    ("action", "old", "new", "steps"),
    [("push", 2, 4, 30), ("promote", 2, 3, 30), ("rollback", 2, 1, 10), ("sign", 2, 2, 5)],
)
def test_a_writer_killed_at_any_step_leaves_the_old_or_the_new_version(
    seen: dict[str, list[int]], action: str, old: int, new: int, steps: int
) -> None:
    """Old up to some step, and from there on new; nothing else, and nothing that does not load."""
    after = seen[action]
    assert len(after) >= steps
    assert after[0] == old
    assert set(after) <= {old, new}
    assert after == sorted(after, key=[old, new].index)
