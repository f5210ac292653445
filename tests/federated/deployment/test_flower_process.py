"""The children that run Flower: nothing phones home, and the port answers parties in what is for parties alone."""

import asyncio
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import pytest

from garrison.federated.deployment.flower_process import quiet_environment
from garrison.federated.deployment.gate import HEADER, Gate


def test_flower_is_quiet_and_no_proxy_stands_between(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLWR_TELEMETRY_ENABLED", "1")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:3128")
    monkeypatch.setenv("http_proxy", "http://proxy:3128")
    given = quiet_environment(tmp_path / "home")
    assert given["FLWR_TELEMETRY_ENABLED"] == "0"
    assert given["FLWR_DISABLE_UPDATE_CHECK"] == "1"
    assert given["FLWR_HOME"] == str(tmp_path / "home")
    assert not [name for name in given if name.lower().endswith("_proxy")]


def test_what_turns_flowers_telemetry_off_is_what_flower_reads() -> None:
    pytest.importorskip("flwr", reason="pip install 'garrison[federated]'")
    import inspect

    from flwr.supercore import telemetry, update_check
    from flwr.supercore.constant import FLWR_DISABLE_UPDATE_CHECK

    assert 'getenv("FLWR_TELEMETRY_ENABLED"' in inspect.getsource(telemetry)
    assert FLWR_DISABLE_UPDATE_CHECK == "FLWR_DISABLE_UPDATE_CHECK"
    assert 'getenv(FLWR_DISABLE_UPDATE_CHECK) == "1"' in inspect.getsource(update_check)


async def inner(_scope: Any, _receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"Flower"})


def status(path: str, headers: list[tuple[bytes, bytes]]) -> int:
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": b""}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    scope = {"type": "http", "path": path, "headers": headers}
    asyncio.run(Gate(inner, key="a key")(scope, receive, send))
    return int(sent[0]["status"])


@pytest.mark.parametrize("path", ["/v1/fleet/pull-messages", "/v1/fleet/register-node", "/health"])
def test_parties_reach_what_is_for_them(path: str) -> None:
    assert status(path, []) == 200


@pytest.mark.parametrize(
    "path",
    [
        "/v1/control/start-run",
        "/v1/runtime/acquire-task",
        "/v1/fleet",
        "/v1/fleetx/a",
        "/V1/FLEET/a",
        "//v1/fleet/a",
        "/docs",
        "/openapi.json",
        "/healthz",
        "/",
    ],
)
def test_all_else_wants_the_key(path: str) -> None:
    assert status(path, []) == 403
    assert status(path, [(HEADER.encode(), b"another key")]) == 403
    assert status(path, [(HEADER.encode(), b"a key")]) == 200
