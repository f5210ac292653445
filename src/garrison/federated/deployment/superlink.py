"""Flower's SuperLink as a child, a run on it, and this process as the one that executes its ServerApp."""

import hashlib
import importlib
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from garrison.errors import FederationError, UsageError
from garrison.federated.deployment.deployed_grid import DeployedGrid
from garrison.federated.deployment.flower_process import FlowerProcess
from garrison.federated.deployment.gate_key import GateKey
from garrison.federated.deployment.no_proxy import without_proxies
from garrison.federated.deployment.server_address import Address, trusting

START_S = 120.0
_PAUSE_S = 0.1

APP = """\
[project]
name = "garrison"
version = "1.0.0"
license = { file = "LICENSE" }
dependencies = ["flwr>=1.41.0"]

[tool.flwr.app]
publisher = "garrison"
fab-format-version = 1
flwr-version-target = "1.41.0"

[tool.flwr.app.components]
serverapp = "garrison.federated:no_code_is_sent"
clientapp = "garrison.federated:no_code_is_sent"

[tool.flwr.app.config]
"""
"""The bundle that Flower wants for a run. It holds no code: parties run what they have installed themselves."""


@dataclass(frozen=True)
class TlsFiles:
    """The authority's certificate, and the server's own with its key."""

    ca: Path
    certificate: Path
    key: Path


class SuperLink:
    """A SuperLink that listens at ``listen``; this process talks to it at ``reached`` (a name of its certificate)."""

    def __init__(
        self,
        listen: Address,
        tls: TlsFiles,
        *,
        reached: Address,
        folder: Path,
        party_keys: Mapping[str, bytes] | None = None,
    ) -> None:
        _check_certificate(tls)
        _check_free(listen)
        self.address, self.tls = reached, tls
        options = ["--isolation", "process", "--disable-runtime-dependency-installation"]
        options += ["--host", listen.host, "--port", str(listen.port)]
        options += ["--ssl-ca-certfile", str(tls.ca), "--ssl-certfile", str(tls.certificate)]
        options += ["--ssl-keyfile", str(tls.key)]
        options += ["--enable-supernode-auth"] if party_keys else []
        self.process = FlowerProcess(
            "superlink", options, home=folder / "flower", log=folder / "superlink.log"
        )
        try:
            self._wait_until_it_answers()
            for name, key in (party_keys or {}).items():
                self._register(name, key)
        except BaseException:
            self.process.stop()
            raise

    def start_run(self) -> DeployedGrid:
        """A run, and the grid by which its messages go out and come back."""
        from flwr.cli.build import build_fab_from_files
        from flwr.common.serde import fab_to_proto
        from flwr.proto.control_pb2 import StartRunRequest
        from flwr.proto.runtime_pb2 import AcquireTaskRequest
        from flwr.supercore.constant import TaskType
        from flwr.supercore.fab import Fab
        from flwr.supercore.runtime import RuntimeHttpClient

        # Before the task is taken: on a slow machine it takes longer to load than Flower waits for a sign of life.
        importlib.import_module("flwr.superlink.grid")
        content, _ = build_fab_from_files({"pyproject.toml": APP.encode(), "LICENSE": b"Apache-2.0\n"})
        bundle = Fab(hashlib.sha256(content).hexdigest(), content, {})
        started = self._control().StartRun(StartRunRequest(fab=fab_to_proto(bundle)))
        if not started.HasField("run_id"):
            raise FederationError("Flower started no run", where=str(self.process.log))
        with without_proxies():
            runtime = RuntimeHttpClient.from_server_address(
                str(self.address), False, self.tls.ca.read_bytes(), interceptors=self._interceptors()
            )
        acquired = runtime.AcquireTask(AcquireTaskRequest(supported_task_types=[TaskType.SERVER_APP]))
        return DeployedGrid(
            str(self.address),
            self.tls.ca.read_bytes(),
            token=acquired.token,
            key=self.process.key,
            alive=self._alive,
        )

    def _alive(self) -> None:
        if self.process.ended:
            raise self.process.failure()

    def stop(self) -> None:
        """End it."""
        self.process.stop()

    def _register(self, name: str, key: bytes) -> None:
        from flwr.proto.control_pb2 import RegisterNodeRequest

        self._control().RegisterNode(RegisterNodeRequest(public_key=key, name=name))

    def _control(self) -> Any:
        from flwr.supercore.control import ControlHttpClient

        with without_proxies():
            return ControlHttpClient.from_server_address(
                str(self.address), False, self.tls.ca.read_bytes(), interceptors=self._interceptors()
            )

    def _interceptors(self) -> list[Any]:
        from flwr.supercore.interceptors import RuntimeVersionHttpInterceptor

        return [RuntimeVersionHttpInterceptor(component_name="garrison"), GateKey(self.process.key)]

    def _wait_until_it_answers(self) -> None:
        import httpx

        context = trusting(self.tls.ca)
        end = time.monotonic() + START_S
        while True:
            if self.process.ended:
                raise self.process.failure()
            try:
                httpx.get(
                    f"https://{self.address}/health", verify=context, trust_env=False
                ).raise_for_status()
            except httpx.HTTPError as error:
                if "CERTIFICATE_VERIFY_FAILED" in str(error):
                    raise FederationError(
                        "the server's certificate does not fit",
                        where=str(self.tls.certificate),
                        expected=f"one that {self.tls.ca} vouches for, made for {self.address.host}",
                        remedy="make one with `garrison federated certificates --host HOST`",
                    ) from error
                if time.monotonic() > end:
                    raise FederationError(
                        f"Flower's SuperLink does not answer within {START_S:g} s",
                        where=str(self.process.log),
                        remedy="its log may say why",
                    ) from error
                time.sleep(_PAUSE_S)
            else:
                return


def _check_certificate(tls: TlsFiles) -> None:
    for path in (tls.ca, tls.certificate, tls.key):
        if not path.is_file():
            raise UsageError(
                "a file of the server's certificate is missing",
                where=str(path),
                expected="ca.crt, server.crt and server.key in the folder of --certificates",
                remedy="make them: garrison federated certificates --out DIR --host HOST",
            )
    trusting(tls.ca)
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(tls.certificate, tls.key)
    except (ssl.SSLError, OSError) as error:
        raise UsageError(
            "the server's certificate and key cannot be used",
            where=f"{tls.certificate}, {tls.key}",
            expected="a certificate in PEM form and the key that it was made for",
        ) from error


def _check_free(listen: Address) -> None:
    family = socket.AF_INET6 if ":" in listen.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((listen.host, listen.port))
        except OSError as error:
            raise FederationError(
                f"the server cannot listen: {error.strerror or error}",
                where=str(listen),
                expected="an address of this machine, and a port that nobody listens at",
                remedy="name another with --listen",
            ) from error
