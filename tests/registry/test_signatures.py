"""Who vouches for a detector: what a trusted key has signed loads, and nothing else does."""

import base64
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from garrison.detection.integrity import write_sealed
from garrison.errors import IntegrityError, SignatureError
from garrison.registry import (
    LocalRegistry,
    PublicKey,
    SigningKey,
    fetch_from,
    make_keys,
    push_to,
    read_signing_key,
    require_signature,
    sign_detector,
)

MakeDetector = Callable[..., Path]


def new_key(folder: Path, name: str) -> SigningKey:
    private, _, _ = make_keys(folder, name)
    return read_signing_key(private)


@pytest.fixture
def key(tmp_path: Path) -> SigningKey:
    return new_key(tmp_path / "keys", "release")


@pytest.fixture
def other(tmp_path: Path) -> SigningKey:
    return new_key(tmp_path / "keys", "other")


def test_a_signed_detector_is_vouched_for_by_the_key_that_signed_it(
    make_detector: MakeDetector, key: SigningKey, other: SigningKey
) -> None:
    detector = make_detector()
    with pytest.raises(SignatureError, match=r"not signed[\s\S]*garrison sign"):
        require_signature(detector, [key.public])
    sign_detector(detector, key)
    assert require_signature(detector, [other.public, key.public]).key == key.public
    with pytest.raises(SignatureError, match=rf"no trusted key[\s\S]*{key.public.id[:16]}"):
        require_signature(detector, [other.public])
    with pytest.raises(SignatureError, match="no trusted key"):
        require_signature(detector, [])


def test_several_keys_sign_one_detector_and_signing_again_changes_no_byte(
    make_detector: MakeDetector, key: SigningKey, other: SigningKey
) -> None:
    detector = make_detector()
    sign_detector(detector, key)
    first = (detector / "signature.json").read_bytes()
    sign_detector(detector, key)
    assert (detector / "signature.json").read_bytes() == first
    sign_detector(detector, other)
    for one in (key, other):
        assert require_signature(detector, [one.public]).key == one.public
    assert [path.name for path in detector.parent.iterdir() if path.suffix == ".part"] == []


def test_openssl_agrees_about_the_signature(
    make_detector: MakeDetector, key: SigningKey, tmp_path: Path
) -> None:
    """The signature is checked by another program, over bytes put together here as the DSSE page says."""
    detector = make_detector()
    sign_detector(detector, key)
    envelope = json.loads((detector / "signature.json").read_text())
    payload = base64.b64decode(envelope["payload"])
    kind = envelope["payloadType"].encode()
    signed = b"DSSEv1 " + b" ".join([str(len(kind)).encode(), kind, str(len(payload)).encode(), payload])
    (tmp_path / "signed").write_bytes(signed)
    (tmp_path / "sig").write_bytes(base64.b64decode(envelope["signatures"][0]["sig"]))
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed")
    command = [openssl, "pkeyutl", "-verify", "-pubin", "-inkey", str(tmp_path / "keys" / "release.pub")]
    files = ["-rawin", "-in", str(tmp_path / "signed"), "-sigfile", str(tmp_path / "sig")]
    assert subprocess.run([*command, *files], check=False, capture_output=True).returncode == 0
    (tmp_path / "signed").write_bytes(signed + b" ")
    assert subprocess.run([*command, *files], check=False, capture_output=True).returncode != 0
    subject = json.loads(payload)["subject"]
    line = (detector / "manifest.sha256").read_text().split()
    assert subject == [{"name": "manifest.json", "digest": {"sha256": line[0]}}]


def test_a_detector_changed_with_all_its_digests_is_found_by_its_signature(
    make_detector: MakeDetector, key: SigningKey
) -> None:
    """The attack that digests alone cannot see: the files, the manifest and its digest are all written anew."""
    detector = make_detector()
    sign_detector(detector, key)
    write_sealed(detector, {"model/trees.json": b"{}", "processor.json": b'{"kind": "evil"}'}, {"format": 1})
    with pytest.raises(SignatureError, match="does not fit"):
        require_signature(detector, [key.public])


def test_a_signature_moved_from_another_detector_does_not_count(
    make_detector: MakeDetector, key: SigningKey
) -> None:
    signed, unsigned = make_detector("one"), make_detector("two")
    sign_detector(signed, key)
    shutil.copy(signed / "signature.json", unsigned / "signature.json")
    with pytest.raises(SignatureError, match="does not fit"):
        require_signature(unsigned, [key.public])
    sign_detector(unsigned, key)
    assert require_signature(unsigned, [key.public]).key == key.public


def test_a_name_of_a_key_is_not_enough(
    make_detector: MakeDetector, key: SigningKey, other: SigningKey
) -> None:
    detector = make_detector()
    sign_detector(detector, other)
    path = detector / "signature.json"
    path.write_text(path.read_text().replace(other.public.id, key.public.id))
    with pytest.raises(SignatureError, match="does not fit"):
        require_signature(detector, [key.public])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_changed_byte_of_the_signature_file_makes_another_thing_trusted(
    make_detector: MakeDetector, tmp_path: Path, data: st.DataObject
) -> None:
    """A change either breaks the signature or, in white space and the like, leaves what it says."""
    if not (tmp_path / "keys" / "release.key").exists():
        sign_detector(make_detector(), new_key(tmp_path / "keys", "release"))
        shutil.copy(tmp_path / "detector-one" / "signature.json", tmp_path / "kept")
    key = read_signing_key(tmp_path / "keys" / "release.key")
    detector = tmp_path / "detector-one"
    content = (tmp_path / "kept").read_bytes()
    place = data.draw(st.integers(0, len(content) - 1))
    flipped = content[place] ^ data.draw(st.integers(1, 255))
    (detector / "signature.json").write_bytes(content[:place] + bytes([flipped]) + content[place + 1 :])
    try:
        signed = require_signature(detector, [key.public])
    except SignatureError:
        return
    assert signed.digest == (detector / "manifest.sha256").read_text().split()[0]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        '{"payload": 1, "payloadType": "application/vnd.in-toto+json", "signatures": [{"keyid": "a", "sig": "b"}]}',
        '{"payload": "", "payloadType": "text/plain", "signatures": [{"keyid": "a", "sig": "AA=="}]}',
        '{"payload": "AA==", "payloadType": "application/vnd.in-toto+json", "signatures": []}',
        '{"payload": "AA==", "payloadType": "application/vnd.in-toto+json", "signatures": 7}',
        "[" * 30_000,
        '{"payload": "A", "payloadType": "application/vnd.in-toto+json", "signatures": [{"keyid": "a", "sig": "é"}]}',
    ],
)
def test_a_damaged_signature_file_is_named(
    make_detector: MakeDetector, key: SigningKey, content: str
) -> None:
    detector = make_detector()
    (detector / "signature.json").write_text(content)
    with pytest.raises(SignatureError, match=r"damaged[\s\S]*signature\.json"):
        require_signature(detector, [key.public])


def test_a_signature_file_that_is_too_large_or_a_link_is_not_read(
    make_detector: MakeDetector, key: SigningKey, tmp_path: Path
) -> None:
    detector = make_detector()
    (detector / "signature.json").write_bytes(b" " * 70_000)
    with pytest.raises(IntegrityError, match="65,536 bytes at most"):
        require_signature(detector, [key.public])
    (detector / "signature.json").unlink()
    (detector / "signature.json").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(IntegrityError, match="link"):
        require_signature(detector, [key.public])


def test_a_signature_goes_wherever_the_detector_goes(
    make_detector: MakeDetector, key: SigningKey, tmp_path: Path
) -> None:
    detector = make_detector()
    sign_detector(detector, key)
    registry = LocalRegistry(tmp_path / "models")
    registry.push(detector, "sites")
    registry.promote("sites", 1)
    push_to(str(tmp_path / "shared"), registry.load("sites"), name="sites")
    fetched = fetch_from(str(tmp_path / "shared"), tmp_path / "fetched", name="sites")
    assert require_signature(fetched, [key.public]).key == key.public


def test_a_version_signed_in_its_place_stays_the_version_it_was(
    make_detector: MakeDetector, key: SigningKey, tmp_path: Path
) -> None:
    registry = LocalRegistry(tmp_path / "models")
    version = registry.push(make_detector(), "sites")
    sign_detector(version.detector, key)
    promoted = registry.promote("sites", 1)
    assert promoted.record.digest == version.record.digest
    assert (
        require_signature(registry.load("sites"), [PublicKey(key.public.raw, "elsewhere")]).key.origin
        == "elsewhere"
    )
