"""A full disk, a folder that may not be written, a store that goes away and comes back: all of them real."""

import json
import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import obstore
import pytest
from moto.server import ThreadedMotoServer

from garrison.errors import RegistryError
from garrison.registry import LocalRegistry, fetch_from, push_to

MakeDetector = Callable[..., Path]

ON_A_SMALL_DISK = """
import json, sys
from pathlib import Path
from garrison.errors import OutputError
from garrison.registry import LocalRegistry

disk, small, large = map(Path, sys.argv[1:])
registry = LocalRegistry(disk / "models")
registry.push(small, "sites", stage="production")
registry.push(small, "sites")

def refused(action):
    try:
        action()
    except OutputError as error:
        return error.what
    return "it worked"

def fill():
    block = 4096
    with (disk / "filling").open("wb", buffering=0) as file:
        while block:
            try:
                file.write(b"x" * block)
            except OSError:
                block //= 2

said = [refused(lambda: registry.push(large, "sites", stage="production"))]
names = sorted(path.name for path in (disk / "models").rglob("*") if path.name.endswith((".part", ".old")))
fill()
said += [
    refused(lambda: registry.push(small, "sites")),
    refused(lambda: registry.promote("sites", 2)),
    refused(lambda: registry.push(small, "another")),
]
current = registry.current("sites").version
registry.load("sites")
(disk / "filling").unlink()
names += sorted(path.name for path in (disk / "models").rglob("*") if path.name.endswith((".part", ".old")))
promoted = registry.promote("sites", 2).version
print(json.dumps({"said": said, "current": current, "remains": names, "promoted": promoted}))
"""

WITHOUT_RIGHTS = """
import json, os, sys
from pathlib import Path
from garrison.errors import OutputError
from garrison.registry import LocalRegistry, push_to

root, detector = map(Path, sys.argv[1:])
if os.geteuid() == 0:
    os.setgroups([])
    os.setresgid(65534, 65534, 65534)
    os.setresuid(65534, 65534, 65534)
registry = LocalRegistry(root)
said = []
for action in (
    lambda: registry.push(detector, "sites"),
    lambda: registry.promote("sites", 1),
    lambda: registry.rollback("sites"),
    lambda: push_to(str(root / "inside"), detector, name="sites"),
):
    try:
        action()
    except OutputError as error:
        said.append(error.what)
print(json.dumps({"said": said, "loaded": registry.load("sites").is_dir()}))
"""


def run_python(script: str, *arguments: object, before: tuple[str, ...] = ()) -> dict[str, object]:
    command = [*before, sys.executable, "-c", script, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=200)
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_a_disk_that_is_really_full_leaves_the_old_version_and_says_so(
    make_detector: MakeDetector, tmp_path: Path
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = 'mount -t tmpfs -o size=200k tmpfs "$0" && exec "$@"'
    before = ("unshare", "--user", "--map-root-user", "--mount", "sh", "-c", mounted, str(disk))
    if shutil.which("unshare") is None or subprocess.run([*before, "true"], check=False).returncode:
        pytest.skip("this machine does not let a test mount a small disk")
    found = run_python(ON_A_SMALL_DISK, disk, make_detector("one"), make_detector("x" * 200), before=before)
    assert found == {
        "said": ["cannot write: the disk is full"] * 4,
        "current": 1,
        "remains": [],
        "promoted": 2,
    }


def test_a_registry_without_permission_is_read_and_not_written(make_detector: MakeDetector) -> None:
    """In a folder of its own that everybody may enter: pytest's own may be entered by its owner alone."""
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        place.chmod(0o755)
        detector = place / "detector"
        shutil.copytree(make_detector(), detector)
        registry = LocalRegistry(place / "models")
        registry.push(detector, "sites")
        registry.promote("sites", 1)
        for folder, _, _ in os.walk(registry.root):
            Path(folder).chmod(0o555)
        try:
            found = run_python(WITHOUT_RIGHTS, registry.root, detector)
        finally:
            for folder, _, _ in os.walk(registry.root):
                Path(folder).chmod(0o755)
    assert found == {"said": ["cannot write: permission denied"] * 4, "loaded": True}


@pytest.mark.parametrize("last", ["processor.json", "versions/000002.json"])
def test_an_object_store_that_goes_away_in_the_middle_and_comes_back(
    make_detector: MakeDetector, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, last: str
) -> None:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    first = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    first.start()
    host, port = first.get_host_and_port()
    address = f"http://{host}:{port}"
    httpx.post(f"{address}/moto-api/reset").raise_for_status()
    httpx.put(f"{address}/models").raise_for_status()
    monkeypatch.setenv("AWS_ENDPOINT_URL", address)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret-secret")
    url = "s3://models/team"
    push_to(url, make_detector("one"), name="sites")
    put = obstore.put

    def put_until_it_is_gone(store: Any, path: str, *given: Any, **named: Any) -> Any:
        if path.endswith(last):
            first.stop()
        return put(store, path, *given, **named)

    with monkeypatch.context() as patched:
        patched.setattr(obstore, "put", put_until_it_is_gone)
        with pytest.raises(RegistryError, match="no answer from S3"):
            push_to(url, make_detector("two"), name="sites", timeout_s=2)
    with pytest.raises(RegistryError, match="no answer from S3"):
        fetch_from(url, tmp_path / "gone", name="sites", timeout_s=2)
    assert not (tmp_path / "gone").exists()

    again = ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)
    again.start()
    try:
        latest = fetch_from(url, tmp_path / "latest", name="sites")
        assert (latest / "processor.json").read_text() == '{"kind": "one"}'
        assert push_to(url, make_detector("two"), name="sites").endswith("000002.json")
        latest = fetch_from(url, tmp_path / "after", name="sites")
        assert (latest / "processor.json").read_text() == '{"kind": "two"}'
    finally:
        again.stop()
