"""A small SMTP server on loopback: STARTTLS, a login by PLAIN, and mails that are kept."""

import base64
import datetime
import ipaddress
import socketserver
import ssl
import threading
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


@dataclass(frozen=True)
class Mail:
    """What was handed over: who said so, for whom, by which user, encrypted or not, and the text."""

    sender: str
    to: tuple[str, ...]
    user: str
    encrypted: bool
    text: str


class SmtpServer:
    """Asks for a ``login`` (user, password), offers STARTTLS by a ``certificate``, answers mails with ``refuse``."""

    def __init__(
        self,
        *,
        login: tuple[str, str] | None = None,
        certificate: Path | None = None,
        refuse: int | None = None,
    ) -> None:
        self.mails: list[Mail] = []
        outer = self
        context = None
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)

        class Handler(socketserver.StreamRequestHandler):
            def say(self, line: str) -> None:
                self.wfile.write(f"{line}\r\n".encode())

            def handle(self) -> None:
                self.user, self.sender, self.encrypted = "", "", False
                self.to: list[str] = []
                self.say("220 here")
                while line := self.rfile.readline().decode().strip():
                    verb, _, rest = line.partition(" ")
                    if not self.answer(verb.upper(), rest):
                        return

            def finish(self) -> None:
                super().finish()
                if self.encrypted:
                    self.request.close()

            def answer(self, verb: str, rest: str) -> bool:
                if verb == "EHLO":
                    offers = ["here"]
                    if context is not None and not self.encrypted:
                        offers.append("STARTTLS")
                    if login is not None:
                        offers.append("AUTH PLAIN")
                    for place, offer in enumerate(offers):
                        self.say(f"250{' ' if place == len(offers) - 1 else '-'}{offer}")
                elif verb == "STARTTLS" and context is not None:
                    self.say("220 go on")
                    try:
                        self.request = context.wrap_socket(self.request, server_side=True)
                    except OSError:
                        return False
                    self.encrypted = True
                    self.setup()
                elif verb == "AUTH":
                    _, user, password = base64.b64decode(rest.partition(" ")[2]).decode().split("\0")
                    if (user, password) != login:
                        self.say("535 wrong")
                        return True
                    self.user = user
                    self.say("235 welcome")
                elif verb == "MAIL":
                    self.sender, self.to = rest.partition("<")[2].partition(">")[0], []
                    self.say(f"{refuse} no" if refuse else "250 ok")
                elif verb == "RCPT":
                    self.to.append(rest.partition("<")[2].partition(">")[0])
                    self.say("250 ok")
                elif verb == "DATA":
                    self.say("354 go on")
                    lines = []
                    while (line := self.rfile.readline().decode().rstrip("\r\n")) != ".":
                        lines.append(line)
                    outer.mails.append(
                        Mail(self.sender, tuple(self.to), self.user, self.encrypted, "\n".join(lines))
                    )
                    self.say("250 kept")
                elif verb == "QUIT":
                    self.say("221 bye")
                    return False
                else:
                    self.say("250 ok")
                return True

        socketserver.ThreadingTCPServer.allow_reuse_address = True
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def write_certificate(path: Path) -> Path:
    """A key and a certificate of 127.0.0.1 that it signed itself, in one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path
