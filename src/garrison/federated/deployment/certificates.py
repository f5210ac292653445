"""A certificate authority for one federation, the server's certificate, and a key for each party."""

import datetime
import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from garrison.errors import UsageError
from garrison.files import atomic_file
from garrison.run.owner_only import make_owner_only

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.serialization import PrivateFormat

CA, CA_KEY = "ca.crt", "ca.key"
SERVER, SERVER_KEY = "server.crt", "server.key"
PARTIES = "parties"

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?")


@dataclass(frozen=True)
class MadeCertificates:
    """The files that were made: what the server needs, what every party needs, and each party's own key."""

    folder: Path
    hosts: tuple[str, ...]
    parties: tuple[str, ...]
    until: datetime.datetime


def make_certificates(
    folder: Path, *, hosts: Sequence[str], parties: Sequence[str] = (), days: int = 365
) -> MadeCertificates:
    """Make what a federation needs to speak over TLS, valid for ``days``, in a new ``folder``.

    ``ca.crt`` goes to every party; ``server.crt`` and ``server.key`` to the server, for the names and addresses
    ``hosts``; ``ca.key`` to nobody (it makes further certificates). With ``parties``, each gets ``parties/NAME.key``,
    which it alone needs, and ``parties/NAME.pub``, which the server is given to know it by. Keys are readable for their
    owner alone and never replaced.

    Raises ``UsageError`` when there are keys already, or a name is none; ``OutputError`` when nothing can be written.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID

    if not hosts:
        raise UsageError(
            "no host was named", expected="the names or addresses by which parties reach the server"
        )
    if not 1 <= days <= 3_650:
        raise UsageError(f"the certificates would be valid for {days} days", expected="1 to 3650")
    names = [_alternative(host) for host in hosts]
    for party in parties:
        if not _NAME.fullmatch(party):
            raise UsageError(
                f"not a name for a party: {party!r}", expected="letters, digits, dots, dashes or underscores"
            )
    if len({*parties}) < len(parties):
        raise UsageError("a party was named twice", expected="another name for each")
    keys = [CA_KEY, SERVER_KEY, *(f"{PARTIES}/{party}.key" for party in parties)]
    if taken := next((folder / name for name in keys if (folder / name).exists()), None):
        raise _taken(taken)
    begin = datetime.datetime.now(datetime.UTC) - datetime.timedelta(minutes=5)
    end = begin + datetime.timedelta(days=days)

    ca_key = ec.generate_private_key(ec.SECP384R1())
    issuer = _called("Garrison federation")
    ca = (
        _certificate(issuer, issuer, ca_key, begin, end)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs=True), critical=True)
        .sign(ca_key, hashes.SHA384())
    )
    key = ec.generate_private_key(ec.SECP384R1())
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key())
    server = (
        _certificate(_called("Garrison server"), issuer, key, begin, end)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(authority, critical=False)
        .sign(ca_key, hashes.SHA384())
    )
    _keep_key(folder / CA_KEY, ca_key)
    _keep_key(folder / SERVER_KEY, key)
    _keep(folder / CA, _pem(ca))
    _keep(folder / SERVER, _pem(server))
    for party in parties:
        _make_party(folder / PARTIES, party)
    return MadeCertificates(folder, tuple(hosts), tuple(parties), end)


def _make_party(folder: Path, name: str) -> None:
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, PrivateFormat, PublicFormat

    key = ec.generate_private_key(ec.SECP384R1())
    _keep_key(folder / f"{name}.key", key, form=PrivateFormat.OpenSSH)
    _keep(
        folder / f"{name}.pub",
        key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    )


def _alternative(host: str) -> "x509.GeneralName":
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        if not _HOST.fullmatch(host):
            raise UsageError(
                f"not a host: {host!r}", expected="a name such as server.example.org, or an IP address"
            ) from None
        return x509.DNSName(host)


def _called(name: str) -> "x509.Name":
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _certificate(
    subject: "x509.Name",
    issuer: "x509.Name",
    key: "EllipticCurvePrivateKey",
    begin: datetime.datetime,
    end: datetime.datetime,
) -> "x509.CertificateBuilder":
    from cryptography import x509

    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _key_usage(*, signs: bool) -> "x509.KeyUsage":
    from cryptography import x509

    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )


def _keep_key(path: Path, key: "EllipticCurvePrivateKey", *, form: "PrivateFormat | None" = None) -> None:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    text = key.private_bytes(Encoding.PEM, form or PrivateFormat.PKCS8, NoEncryption()).decode("ascii")
    if not make_owner_only(path, text):
        raise _taken(path)


def _taken(path: Path) -> UsageError:
    return UsageError(
        "there is a key of that name already",
        where=str(path),
        expected="a new folder",
        remedy="keys are never replaced; choose another folder",
    )


def _keep(path: Path, content: bytes) -> None:
    with atomic_file(path) as temporary:
        temporary.write_bytes(content)
        temporary.chmod(0o644)


def _pem(certificate: "x509.Certificate") -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    return certificate.public_bytes(Encoding.PEM)
