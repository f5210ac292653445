"""Keys that sign: made once, for their owner alone, and never shown."""

import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from garrison.errors import UsageError
from garrison.registry import make_keys, read_public_key, read_signing_key, trusted_keys
from garrison.registry.trusted_keys import _MOST
from garrison.run.redaction import redact


@pytest.fixture(autouse=True)
def no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GARRISON_SIGNING_KEY", "GARRISON_SIGNING_KEY_FILE", "GARRISON_TRUSTED_KEYS"):
        monkeypatch.delenv(name, raising=False)


def test_the_public_half_may_be_read_by_all(tmp_path: Path) -> None:
    _, public, _ = make_keys(tmp_path)
    assert public.stat().st_mode & 0o777 == 0o644


def test_a_pair_belongs_together_and_the_private_half_to_its_owner_alone(tmp_path: Path) -> None:
    private, public, made = make_keys(tmp_path / "keys")
    assert (private.name, public.name) == ("release.key", "release.pub")
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    assert stat.S_IMODE(private.parent.stat().st_mode) == 0o700
    key = read_signing_key(private)
    assert key.public.raw == read_public_key(public).raw == made.raw
    assert sorted(path.name for path in (tmp_path / "keys").iterdir()) == ["release.key", "release.pub"]


def test_a_pair_is_never_replaced(tmp_path: Path) -> None:
    private, public, _ = make_keys(tmp_path)
    before = private.read_bytes(), public.read_bytes()
    with pytest.raises(UsageError, match="already"):
        make_keys(tmp_path)
    private.unlink()
    with pytest.raises(UsageError, match="already"):
        make_keys(tmp_path)
    assert public.read_bytes() == before[1]
    assert not private.exists()


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", "a\0"])
def test_a_name_that_is_no_file_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="not a name"):
        make_keys(tmp_path, name)


def test_a_key_comes_from_the_environment_a_named_file_or_the_workspace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _, one = make_keys(tmp_path / "keys")
    second, _, two = make_keys(tmp_path / "elsewhere", "mine")
    _, _, three = make_keys(tmp_path / "elsewhere", "third")
    assert read_signing_key(workspace=tmp_path).public.raw == one.raw
    monkeypatch.setenv("GARRISON_SIGNING_KEY_FILE", str(second))
    assert read_signing_key(workspace=tmp_path).public.raw == two.raw
    text = (tmp_path / "elsewhere" / "third.key").read_text()
    for given in (text, text.replace("\n", "\\n")):
        monkeypatch.setenv("GARRISON_SIGNING_KEY", given)
        assert read_signing_key(workspace=tmp_path).public.raw == three.raw
    assert read_signing_key(first, workspace=tmp_path).public.raw == one.raw


def test_no_key_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="garrison keys new"):
        read_signing_key(workspace=tmp_path)
    with pytest.raises(UsageError, match="garrison keys new"):
        trusted_keys(workspace=tmp_path)


def test_a_private_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    private, _, _ = make_keys(tmp_path)
    private.chmod(0o640)
    with pytest.raises(UsageError, match=r"others than its owner[\s\S]*chmod 600"):
        read_signing_key(private)


def test_a_private_key_shows_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    private, _, _ = make_keys(tmp_path)
    text = private.read_text()
    secret = text.splitlines()[1]
    assert secret not in repr(read_signing_key(private))
    for shown in (text, repr(text), f"the key is {text} and so on"):
        assert secret not in redact(shown)
    monkeypatch.setenv("GARRISON_SIGNING_KEY", secret)
    with pytest.raises(UsageError, match="no private key") as caught:
        read_signing_key()
    assert secret not in str(caught.value)
    assert secret not in redact(f"environment: {secret}")


def test_what_is_no_key_is_refused(tmp_path: Path) -> None:
    rsa = generate_private_key(public_exponent=65537, key_size=1024)
    forms = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    contents = {
        "empty": b"",
        "text": b"not a key",
        "rsa": rsa.private_bytes(serialization.Encoding.PEM, *forms),
        "large": b"x" * 5000,
    }
    for name, content in contents.items():
        path = tmp_path / f"{name}.key"
        path.write_bytes(content)
        path.chmod(0o600)
        with pytest.raises(UsageError, match=r"no private key|too large"):
            read_signing_key(path)
        public = tmp_path / f"{name}.pub"
        public.write_bytes(content)
        with pytest.raises(UsageError, match=r"no public key|private key"):
            trusted_keys([public])
    (tmp_path / "folder.key").mkdir()
    with pytest.raises(UsageError, match=r"cannot read|no plain file"):
        read_signing_key(tmp_path / "folder.key")


def test_a_file_that_is_larger_than_any_key_is_not_one(tmp_path: Path) -> None:
    _, public, one = make_keys(tmp_path)
    content = public.read_bytes()
    public.write_bytes(content + b"\n" * (_MOST - len(content)))
    assert [key.raw for key in trusted_keys([public])] == [one.raw]
    public.write_bytes(content + b"\n" * (_MOST + 1 - len(content)))
    with pytest.raises(UsageError, match="no public key"):
        trusted_keys([public])


def test_trusted_keys_come_from_files_folders_the_environment_or_the_workspace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, first, one = make_keys(tmp_path / "keys")
    _, second, two = make_keys(tmp_path / "team", "second")
    assert [key.raw for key in trusted_keys(workspace=tmp_path)] == [one.raw]
    assert {key.raw for key in trusted_keys([first, tmp_path / "team"])} == {one.raw, two.raw}
    monkeypatch.setenv("GARRISON_TRUSTED_KEYS", f"{second}:{tmp_path / 'keys'}")
    assert {key.raw for key in trusted_keys(workspace=tmp_path / "nowhere")} == {one.raw, two.raw}
    with pytest.raises(UsageError, match=r"cannot read the key[\s\S]*absent\.pub"):
        trusted_keys([tmp_path / "absent.pub"])


def test_a_private_key_is_not_trusted_in_place_of_a_public_one(tmp_path: Path) -> None:
    private, _, _ = make_keys(tmp_path)
    with pytest.raises(UsageError, match="this is a private key"):
        trusted_keys([private])
