"""Certificates and keys of a federation: whole, for their owner alone, and never replaced."""

import stat
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_public_key, load_ssh_private_key

from garrison.cli.main import run_command
from garrison.errors import UsageError
from garrison.federated.deployment.certificates import make_certificates
from garrison.federated.secure_aggregation import read_identity, read_known_parties


def test_keys_are_for_their_owner_alone(tmp_path: Path) -> None:
    made = make_certificates(tmp_path / "c", hosts=["localhost", "10.0.0.5"], parties=["a", "b"])
    assert (made.hosts, made.parties) == (("localhost", "10.0.0.5"), ("a", "b"))
    keys = sorted(path.relative_to(tmp_path / "c").as_posix() for path in (tmp_path / "c").rglob("*.key"))
    assert keys == ["ca.key", "parties/a.key", "parties/b.key", "server.key"]
    for name in keys:
        assert stat.S_IMODE((tmp_path / "c" / name).stat().st_mode) == 0o600


def test_the_server_is_vouched_for_and_bears_its_hosts(tmp_path: Path) -> None:
    make_certificates(tmp_path, hosts=["server.example.org", "10.0.0.5"], days=10)
    ca, server = (
        x509.load_pem_x509_certificate((tmp_path / name).read_bytes()) for name in ("ca.crt", "server.crt")
    )
    server.verify_directly_issued_by(ca)
    hosts = server.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert hosts.get_values_for_type(x509.DNSName) == ["server.example.org"]
    assert [str(each) for each in hosts.get_values_for_type(x509.IPAddress)] == ["10.0.0.5"]
    assert not server.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert (server.not_valid_after_utc - server.not_valid_before_utc).days == 10


def test_a_partys_key_is_what_flower_and_secure_aggregation_read(tmp_path: Path) -> None:
    make_certificates(tmp_path, hosts=["localhost"], parties=["a"])
    private = load_ssh_private_key((tmp_path / "parties" / "a.key").read_bytes(), None)
    public = load_pem_public_key((tmp_path / "parties" / "a.pub").read_bytes())
    assert private.public_key() == public
    assert read_identity(tmp_path / "parties" / "a.key").public == public
    assert read_known_parties(tmp_path / "parties").keys == {"a": public}


def test_nothing_is_replaced(tmp_path: Path) -> None:
    make_certificates(tmp_path, hosts=["localhost"])
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(UsageError, match="there is a key of that name"):
        make_certificates(tmp_path, hosts=["localhost"])
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"hosts": []}, "no host"),
        ({"hosts": ["a b"]}, "not a host"),
        ({"hosts": ["localhost"], "parties": ["../a"]}, "not a name for a party"),
        ({"hosts": ["localhost"], "parties": ["a", "a"]}, "named twice"),
        ({"hosts": ["localhost"], "days": 0}, "valid for 0 days"),
    ],
)
def test_what_makes_no_certificate_is_refused_and_leaves_nothing(
    tmp_path: Path, wrong: dict[str, list[str]], said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        make_certificates(tmp_path / "c", **wrong)  # type: ignore[arg-type]
    assert not (tmp_path / "c").exists()


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    make_certificates(tmp_path, hosts=["localhost"], parties=["a"])
    key = tmp_path / "parties" / "a.key"
    key.chmod(0o644)
    with pytest.raises(UsageError, match="read by others"):
        read_identity(key)
    key.chmod(0o600)
    key.write_text("no key", encoding="ascii")
    with pytest.raises(UsageError, match="no key of a party"):
        read_identity(key)


def test_the_command_says_who_gets_what(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    asked = ["federated", "certificates", "--out", "certs", "--host", "localhost", "--party", "north"]
    assert run_command(asked) == 0
    shown = capsys.readouterr().out
    assert "north: its key certs/parties/north.key" in shown
    assert "move it off this machine" in shown
    assert run_command(asked) == 2
