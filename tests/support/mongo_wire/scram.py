"""The server's half of a SCRAM-SHA-256 login (RFC 5802, RFC 7677)."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping

ROUNDS = 4096


class LoginError(Exception):
    """The login was refused."""


class ScramLogin:
    """One login: ``first`` takes the client's first message, ``final`` its proof."""

    def __init__(self, passwords: Mapping[str, str]) -> None:
        self._passwords = passwords
        self._salt = secrets.token_bytes(28)
        self._nonce = ""
        self._talk = ""
        self._salted = b""

    def first(self, payload: bytes) -> bytes:
        """Give the salt and the joined nonce."""
        bare = payload.decode().split(",", 2)[2]
        fields = dict(part.split("=", 1) for part in bare.split(","))
        user = fields["n"].replace("=2C", ",").replace("=3D", "=")
        password = self._passwords.get(user, secrets.token_hex())
        self._nonce = fields["r"] + base64.b64encode(secrets.token_bytes(24)).decode()
        self._salted = hashlib.pbkdf2_hmac("sha256", password.encode(), self._salt, ROUNDS)
        answer = f"r={self._nonce},s={base64.b64encode(self._salt).decode()},i={ROUNDS}"
        self._talk = f"{bare},{answer}"
        return answer.encode()

    def final(self, payload: bytes) -> bytes:
        """Check the client's proof and give the server's signature. Raises LoginError."""
        text, _, proof = payload.decode().rpartition(",p=")
        if dict(part.split("=", 1) for part in text.split(","))["r"] != self._nonce:
            raise LoginError
        talk = f"{self._talk},{text}".encode()
        client_key = hmac.digest(self._salted, b"Client Key", "sha256")
        stored = hashlib.sha256(client_key).digest()
        signature = hmac.digest(stored, talk, "sha256")
        claimed = bytes(a ^ b for a, b in zip(base64.b64decode(proof), signature, strict=True))
        if not hmac.compare_digest(hashlib.sha256(claimed).digest(), stored):
            raise LoginError
        server_key = hmac.digest(self._salted, b"Server Key", "sha256")
        return b"v=" + base64.b64encode(hmac.digest(server_key, talk, "sha256"))
