"""A party's SuperNode as a child of this process, and the way to its tasks."""

import os
import re
import socket
import tempfile
from pathlib import Path

from garrison.errors import FederationError
from garrison.federated.deployment.flower_process import FlowerProcess
from garrison.federated.deployment.server_address import Address
from garrison.federated.deployment.tasks import Tasks

_HERE = "127.0.0.1"


class SuperNode:
    """Flower's SuperNode, connected to ``server``; ``tasks`` are what the server asks of this party.

    Its log and what Flower keeps are in ``folder``. With ``key`` it signs every request by that private key.
    """

    def __init__(self, server: Address, *, ca: Path, key: Path | None, folder: Path) -> None:
        self.server = server
        folder.mkdir(parents=True, exist_ok=True)
        address = f"{_HERE}:{_free_port()}"
        secret = os.urandom(32)
        handle, name = tempfile.mkstemp(dir=folder, prefix=".secret-")
        with os.fdopen(handle, "wb") as file:
            file.write(secret)
        self._secret = Path(name)
        host, port = address.split(":")
        options = ["--superlink", str(server), "--root-certificates", str(ca), "--isolation", "process"]
        options += ["--host", host, "--port", port, "--superexec-auth-secret-file", name]
        options += ["--auth-supernode-private-key", str(key)] if key is not None else []
        self.process = FlowerProcess(
            "supernode", options, home=folder / "flower", log=folder / "supernode.log"
        )
        self.tasks = Tasks(address, secret=secret)

    @property
    def node(self) -> int | None:
        """Its number at the server; None until it is connected."""
        found = re.search(r"SuperNode ID: (\d+)", self.process.words())
        return int(found[1]) if found else None

    def refusal(self) -> FederationError:
        """Why it never got connected."""
        words = self.process.words()
        if "uthenticat" in words or "401" in words or "PUBLIC_KEY" in words or "public key" in words:
            return FederationError(
                "the server does not know this party",
                where=str(self.server),
                expected="a key (--key) whose public half lies in the server's folder of parties (--party-keys)",
                remedy="ask who runs the server for a key; the clocks of both machines must agree to a few seconds too",
            )
        return self.process.failure()

    def stop(self) -> None:
        """Leave the federation and end."""
        self.tasks.close()
        self.process.stop()
        self._secret.unlink(missing_ok=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_HERE, 0))
        return int(probe.getsockname()[1])
