"""Where the server is, and whether who answers there is the one that the certificate authority vouches for."""

import re
import socket
import ssl
from dataclasses import dataclass
from pathlib import Path

from garrison.errors import FederationError, UsageError

_TIMEOUT_S = 10.0
_ADDRESS = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^\[\]:/\s]+):(?P<port>\d{1,5})")


@dataclass(frozen=True)
class Address:
    """A host and a port."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_address(text: str) -> Address:
    """``host:port``, or ``[IPv6]:port``.

    >>> parse_address("server.example.org:9443")
    Address(host='server.example.org', port=9443)
    """
    found = _ADDRESS.fullmatch(text)
    if found is None or not 0 < int(found["port"]) < 65_536:
        raise UsageError(f"not an address: {text!r}", expected="HOST:PORT, such as server.example.org:9443")
    return Address(found["host"].strip("[]"), int(found["port"]))


def trusting(ca: Path) -> ssl.SSLContext:
    """What speaks TLS with whoever the certificate authority in ``ca`` vouches for, and nobody else."""
    try:
        return ssl.create_default_context(cafile=str(ca))
    except FileNotFoundError as error:
        raise UsageError(
            "there is no certificate of an authority",
            where=str(ca),
            expected="ca.crt, as `garrison federated certificates` made it for the server",
        ) from error
    except (ssl.SSLError, OSError) as error:
        raise UsageError(
            "this is no certificate of an authority", where=str(ca), expected="one in PEM form"
        ) from error


def greet(address: Address, ca: Path) -> bool:
    """Whether the server answers, and is the right one; false where nobody answers (it may come later).

    Raises ``FederationError`` when somebody answers who is not to be trusted: no TLS, a certificate of another
    authority, for another host, or one that has run out.
    """
    context = trusting(ca)
    try:
        with (
            socket.create_connection((address.host, address.port), timeout=_TIMEOUT_S) as plain,
            context.wrap_socket(plain, server_hostname=address.host),
        ):
            return True
    except ssl.SSLCertVerificationError as error:
        raise FederationError(
            f"the server's certificate is not to be trusted: {error.verify_message}",
            where=str(address),
            expected=f"one that {ca} vouches for, made for the host {address.host}",
            remedy="take ca.crt from who runs the server, or name the host as the certificate does",
        ) from error
    except ssl.SSLEOFError:
        return False  # who accepts and says nothing, as a proxy does while the server behind it starts
    except ssl.SSLError as error:
        raise FederationError(
            f"who answers there does not speak TLS ({error.reason or 'no answer to the greeting'})",
            where=str(address),
            expected="the port of `garrison federated server`",
            remedy="check the address; nothing was sent",
        ) from error
    except socket.gaierror as error:
        if error.errno == socket.EAI_AGAIN:
            return False
        raise FederationError(
            f"the server's host is not known: {error.strerror}", where=str(address), remedy="check the name"
        ) from error
    except OSError:
        return False
