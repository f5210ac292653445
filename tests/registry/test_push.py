"""Which address goes where, and the way to a registry folder and back."""

from collections.abc import Callable
from pathlib import Path

import pytest

from garrison.errors import IntegrityError, RegistryError
from garrison.registry import LocalRegistry, fetch_from, push_to

MakeDetector = Callable[..., Path]


@pytest.mark.parametrize("as_url", [False, True])
def test_a_folder_gets_numbered_versions_and_gives_them_back(
    make_detector: MakeDetector, tmp_path: Path, as_url: bool
) -> None:
    shared = tmp_path / "shared disk"
    url = shared.as_uri() if as_url else str(shared)
    push_to(url, make_detector("one"), name="phishing")
    assert push_to(url, make_detector("two"), name="phishing") == str(
        shared / "production" / "phishing" / "2"
    )
    latest = fetch_from(url, tmp_path / "latest", name="phishing")
    first = fetch_from(url, tmp_path / "first", name="phishing", version=1)
    assert (latest / "processor.json").read_text() == '{"kind": "two"}'
    assert (first / "processor.json").read_text() == '{"kind": "one"}'
    assert LocalRegistry(shared).load("phishing").parent.name == "2"


def test_what_is_fetched_never_replaces_what_is_there(make_detector: MakeDetector, tmp_path: Path) -> None:
    push_to(str(tmp_path / "shared"), make_detector(), name="phishing")
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "notes.txt").write_text("mine")
    with pytest.raises(RegistryError, match="already where"):
        fetch_from(str(tmp_path / "shared"), tmp_path / "precious", name="phishing")
    assert (tmp_path / "precious" / "notes.txt").read_text() == "mine"


def test_a_changed_byte_in_the_shared_folder_is_found_before_anything_arrives(
    make_detector: MakeDetector, tmp_path: Path
) -> None:
    pushed = Path(push_to(str(tmp_path / "shared"), make_detector(), name="phishing"))
    (pushed / "detector" / "processor.json").write_text("{}")
    with pytest.raises(IntegrityError):
        fetch_from(str(tmp_path / "shared"), tmp_path / "here", name="phishing")
    assert not (tmp_path / "here").exists()


@pytest.mark.parametrize(
    "url",
    [
        "nosuchthing://bucket/x",
        "http://host/x",
        "simplecache::s3://bucket/x",
        "mlflow+http://",
        "s3://",
        "s3:bucket",
        "s3://[x",
        "mlflow:x",
        "models:",
        "models:/",
        "models:/a/b",
        "file://host/x",
    ],
)
def test_other_addresses_are_refused_with_those_that_work(make_detector: MakeDetector, url: str) -> None:
    with pytest.raises(RegistryError, match=r"s3://bucket/prefix, mlflow: or models:/NAME"):
        push_to(url, make_detector(), name="phishing")


@pytest.mark.parametrize(
    "url", ["s3://key:hunter2@bucket/x", "s3://hunter2@bucket", "ftp://me:hunter2@host/x"]
)
def test_credentials_in_an_address_are_refused_and_not_repeated(
    make_detector: MakeDetector, url: str
) -> None:
    with pytest.raises(RegistryError, match="in the environment") as caught:
        push_to(url, make_detector(), name="phishing")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("url", ["s3://bucket/prefix", "mlflow:", "models:/Phishing"])
def test_a_changed_detector_is_sent_nowhere(
    make_detector: MakeDetector, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    detector = make_detector()
    (detector / "processor.json").write_text("{}")
    with pytest.raises(IntegrityError):
        push_to(url, detector, name="phishing")
