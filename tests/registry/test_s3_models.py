"""Detectors over HTTP to a real S3 endpoint (moto's server), and to endpoints that are absent or refuse."""

import json
import logging
import signal
import socket
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import obstore
import pytest
from moto.server import ThreadedMotoServer
from obstore.store import S3Store

from garrison.errors import IntegrityError, RegistryError
from garrison.registry import fetch_from, push_to
from garrison.registry.s3 import S3Objects

MakeDetector = Callable[..., Path]

SECRET = "wJalrXUtnFEMI"
BUCKET = "models"
HOME = "s3://models/team/detectors"

PUSH = """
import sys
from pathlib import Path
from garrison.registry import push_to
for folder in sys.argv[1:]:
    print(push_to("s3://models/team/detectors", Path(folder), name="phishing"))
"""

DIE_AT = """
import os, signal, sys
from pathlib import Path
import obstore
from garrison.registry import push_to
original = obstore.put
def put(store, path, *given, **named):
    if path.endswith(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
    return original(store, path, *given, **named)
obstore.put = put
push_to("s3://models/team/detectors", Path(sys.argv[1]), name="phishing")
"""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    running = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    yield f"http://{host}:{port}"
    running.stop()


@pytest.fixture
def bucket(server: str, monkeypatch: pytest.MonkeyPatch) -> S3Store:
    """An empty bucket, and an environment that leads to it."""
    httpx.post(f"{server}/moto-api/reset").raise_for_status()
    httpx.put(f"{server}/{BUCKET}").raise_for_status()
    monkeypatch.setenv("AWS_ENDPOINT_URL", server)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    return S3Store(BUCKET, client_options={"allow_http": True})


def keys(bucket: S3Store) -> list[str]:
    return [item["path"] for page in obstore.list(bucket) for item in page]


def read(bucket: S3Store, key: str) -> bytes:
    return bytes(obstore.get(bucket, key).bytes())


def whole_text(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))


@pytest.mark.parametrize("prefix", ["", "/", "/team/detectors", "/team/detectors/"])
def test_a_detector_goes_there_and_comes_back_the_same(
    bucket: S3Store, make_detector: MakeDetector, tmp_path: Path, prefix: str
) -> None:
    detector = make_detector()
    address = push_to(f"s3://{BUCKET}{prefix}", detector, name="phishing")
    start = "/".join(part for part in (f"s3://{BUCKET}", prefix.strip("/")) if part)
    assert address == f"{start}/phishing/versions/000001.json"
    fetched = fetch_from(f"s3://{BUCKET}{prefix}", tmp_path / "fetched", name="phishing")
    for path in (path for path in detector.rglob("*") if path.is_file()):
        assert (fetched / path.relative_to(detector)).read_bytes() == path.read_bytes()


def test_versions_count_up_and_the_latest_is_the_one_that_comes(
    bucket: S3Store, make_detector: MakeDetector, tmp_path: Path
) -> None:
    for content in ("one", "two"):
        push_to(HOME, make_detector(content), name="phishing")
    push_to(HOME, make_detector("other"), name="phishing-urls")
    latest = fetch_from(HOME, tmp_path / "latest", name="phishing")
    first = fetch_from(HOME, tmp_path / "first", name="phishing", version=1)
    assert (latest / "processor.json").read_text() == '{"kind": "two"}'
    assert (first / "processor.json").read_text() == '{"kind": "one"}'
    with pytest.raises(RegistryError, match="expected: one of: 1, 2"):
        fetch_from(HOME, tmp_path / "third", name="phishing", version=3)
    with pytest.raises(RegistryError, match="no version yet"):
        fetch_from(HOME, tmp_path / "none", name="nothing")


def test_pushes_at_once_get_numbers_of_their_own(
    bucket: S3Store, make_detector: MakeDetector, tmp_path: Path
) -> None:
    folders = [make_detector(str(number)) for number in range(4)]
    pushers = [
        subprocess.Popen([sys.executable, "-c", PUSH, *map(str, half)], stdout=subprocess.PIPE, text=True)
        for half in (folders[:2], folders[2:])
    ]
    addresses = [line for pusher in pushers for line in pusher.communicate(timeout=120)[0].split()]
    assert sorted(address[-11:] for address in addresses) == [f"{n:06}.json" for n in (1, 2, 3, 4)]
    for address, folder in zip(addresses, folders, strict=True):
        number = int(address[-11:-5])
        fetched = fetch_from(HOME, tmp_path / f"v{number}", name="phishing", version=number)
        assert (fetched / "processor.json").read_bytes() == (folder / "processor.json").read_bytes()


def test_a_number_taken_in_between_is_left_to_its_owner(
    bucket: S3Store, make_detector: MakeDetector, monkeypatch: pytest.MonkeyPatch
) -> None:
    from garrison.registry.objects import ObjectModels

    first = "team/detectors/phishing/versions/000001.json"
    push_to(HOME, make_detector("one"), name="phishing")
    before = read(bucket, first)
    truth = ObjectModels._numbers
    answers: Iterator[set[int]] = iter([set(), set()])
    monkeypatch.setattr(ObjectModels, "_numbers", lambda self, name: next(answers, None) or truth(self, name))
    assert push_to(HOME, make_detector("two"), name="phishing").endswith("000002.json")
    after = read(bucket, first)
    assert after == before


@pytest.mark.parametrize("last", ["processor.json", "versions/000002.json"])
def test_a_push_killed_before_its_marker_is_seen_by_nobody_and_can_be_repeated(
    bucket: S3Store, make_detector: MakeDetector, tmp_path: Path, last: str
) -> None:
    push_to(HOME, make_detector("one"), name="phishing")
    whole = keys(bucket)
    second = make_detector("two")
    died = subprocess.run([sys.executable, "-c", DIE_AT, str(second), last], check=False)
    assert died.returncode == -signal.SIGKILL
    assert len(keys(bucket)) > len(whole)
    fetched = fetch_from(HOME, tmp_path / "before", name="phishing")
    assert (fetched / "processor.json").read_text() == '{"kind": "one"}'
    assert push_to(HOME, second, name="phishing").endswith("000002.json")
    fetched = fetch_from(HOME, tmp_path / "after", name="phishing")
    assert (fetched / "processor.json").read_text() == '{"kind": "two"}'


@pytest.mark.parametrize("content", [b"{}", b"", b"x" * 100_000])
def test_an_object_changed_in_the_bucket_is_found_before_anything_arrives(
    bucket: S3Store, make_detector: MakeDetector, tmp_path: Path, content: bytes
) -> None:
    push_to(HOME, make_detector(), name="phishing")
    key = next(key for key in keys(bucket) if key.endswith("processor.json"))
    obstore.put(bucket, key, content)
    with pytest.raises(IntegrityError, match="not what was pushed"):
        fetch_from(HOME, tmp_path / "fetched", name="phishing")
    assert [path.name for path in tmp_path.iterdir()] == ["detector-one"]


@pytest.mark.parametrize("name", ["../outside.json", "/etc/outside.json", "a/../../outside.json", "model//x"])
def test_a_marker_cannot_write_outside_the_folder(
    bucket: S3Store, make_detector: MakeDetector, tmp_path: Path, name: str
) -> None:
    push_to(HOME, make_detector(), name="phishing")
    key = next(key for key in keys(bucket) if "/versions/" in key)
    marker = json.loads(read(bucket, key))
    marker["files"] = {name: {"sha256": "0" * 64, "bytes": 0}}
    obstore.put(bucket, key, json.dumps(marker).encode())
    with pytest.raises(IntegrityError, match="leads out"):
        fetch_from(HOME, tmp_path / "fetched", name="phishing")


def test_a_damaged_marker_is_named(bucket: S3Store, make_detector: MakeDetector, tmp_path: Path) -> None:
    push_to(HOME, make_detector(), name="phishing")
    key = next(key for key in keys(bucket) if "/versions/" in key)
    obstore.put(bucket, key, b"{")
    with pytest.raises(RegistryError, match=r"marker of a version is damaged[\s\S]*000001\.json"):
        fetch_from(HOME, tmp_path / "fetched", name="phishing")


def test_a_missing_bucket_says_so(bucket: S3Store, make_detector: MakeDetector, tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match=r"does not exist.*NoSuchBucket") as caught:
        push_to("s3://no-such-bucket/x", make_detector(), name="phishing")
    assert "create the bucket" in caught.value.remedy
    with pytest.raises(RegistryError, match="does not exist"):
        fetch_from("s3://no-such-bucket/x", tmp_path / "fetched", name="phishing")
    assert not (tmp_path / "fetched").exists()


def test_a_refused_key_says_so_and_stays_secret(
    bucket: S3Store, server: str, make_detector: MakeDetector
) -> None:
    httpx.post(f"{server}/moto-api/reset-auth", content=b"0").raise_for_status()
    try:
        with pytest.raises(RegistryError, match=r"refused the credentials.*403") as caught:
            push_to(HOME, make_detector(), name="phishing")
    finally:
        httpx.post(f"{server}/moto-api/reset-auth", content=b"inf").raise_for_status()
    assert SECRET not in whole_text(caught.value)
    assert "AKIAEXAMPLE" not in whole_text(caught.value)


@pytest.mark.parametrize("missing", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
def test_no_credentials_say_which_to_set(
    bucket: S3Store, make_detector: MakeDetector, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    monkeypatch.delenv(missing)
    with pytest.raises(RegistryError, match="no credentials for S3") as caught:
        push_to(HOME, make_detector(), name="phishing")
    assert missing in str(caught.value)


@pytest.mark.parametrize("endpoint", ["absent", "silent"])
def test_an_endpoint_that_does_not_answer_ends_in_time(
    make_detector: MakeDetector, monkeypatch: pytest.MonkeyPatch, endpoint: str
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        if endpoint == "silent":
            listener.listen()
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{listener.getsockname()[1]}")
        with pytest.raises(RegistryError, match="no answer from S3") as caught:
            push_to(HOME, make_detector(), name="phishing", timeout_s=0.5)
    assert "AWS_ENDPOINT_URL" in caught.value.remedy
    assert SECRET not in whole_text(caught.value)


def test_an_open_endpoint_elsewhere_is_used_only_when_allowed(
    make_detector: MakeDetector, monkeypatch: pytest.MonkeyPatch
) -> None:
    detector = make_detector()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://minio.invalid:9000/?key={SECRET}")
    with pytest.raises(RegistryError, match="not encrypted") as caught:
        push_to(HOME, detector, name="phishing", timeout_s=0.5)
    assert SECRET not in str(caught.value)
    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
    with pytest.raises(RegistryError, match="S3") as caught:
        push_to(HOME, detector, name="phishing", timeout_s=0.5)
    assert "not encrypted" not in str(caught.value)
    assert "at http://minio.invalid:9000" in caught.value.where


def test_only_an_open_endpoint_on_this_machine_is_spoken_to_openly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ALLOW_HTTP", raising=False)
    for endpoint, plain in (
        ("", False),
        ("https://minio.invalid", False),
        ("http://localhost:9000", True),
        ("http://127.0.0.1:9000", True),
        ("http://[::1]:9000", True),
    ):
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
        assert S3Objects("models", timeout_s=1.0)._plain_http() is plain
