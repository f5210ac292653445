"""A server and three parties as real processes over TLS: one is killed in a round, then the server is.

One test, as every process takes seconds to load Flower and PyTorch.
"""

import json
import signal
import ssl
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

pytest.importorskip(
    "flwr", reason="parties and server speak through Flower: pip install 'garrison[federated]'"
)
pytest.importorskip("torch", reason="parties train with PyTorch: pip install 'garrison[federated]'")

from federation_processes import Command, children_of, free_port, until

from garrison.cli.main import run_command
from garrison.federated.images import read_images
from garrison.federated.saved import load_model

ROUNDS = 5
NAMES = ("party-000", "party-001", "party-002")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Certificates with keys of three parties, and the digits dealt out to them."""
    monkeypatch.chdir(tmp_path)
    keys = [part for name in NAMES for part in ("--party", name)]
    assert run_command(["federated", "certificates", "--out", "certs", "--host", "localhost", *keys]) == 0
    assert run_command(["federated", "split", "--out", "data", "--data", "digits", "--parties", "3"]) == 0
    return tmp_path


class Place:
    """The processes of one federation."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.commands: list[Command] = []

    def server(self, *, parties: int) -> Command:
        return self._started(
            "server",
            *("server", "--out", "out", "--certificates", "certs", "--data-dir", "data/server"),
            *("--listen", f"127.0.0.1:{self.port}", "--party-keys", "certs/parties", "--network", "mlp"),
            *("--rounds", str(ROUNDS), "--parties", str(parties), "--minimum-parties", "2"),
        )

    def party(self, name: str, *more: str) -> Command:
        return self._started(
            name,
            *("party", "--data-dir", f"data/{name}", "--server", f"localhost:{self.port}"),
            *("--ca", "certs/ca.crt", "--key", f"certs/parties/{name}.key", "--give-up-after", "200"),
            *more,
        )

    def _started(self, name: str, *options: str) -> Command:
        self.commands.append(Command(self.folder, name, *options))
        return self.commands[-1]


@pytest.fixture
def federation(place: Path) -> Iterator[Place]:
    made = Place(place)
    try:
        yield made
    finally:
        for command in made.commands:
            command.end()
        until(lambda: not children_of(place))


@pytest.mark.timeout(900)
def test_a_federation_outlives_a_killed_party_and_a_killed_server(federation: Place) -> None:
    server = federation.server(parties=3)
    left = [federation.party(name) for name in NAMES[:2]]
    # The third calls itself by another's name; the server goes by the key that it signs with.
    killed = federation.party(NAMES[2], "--name", NAMES[0], "--workspace", "elsewhere")
    server.wait_for("round 1/5")
    assert "known parties: party-000, party-001, party-002" in server.said
    assert "parties 3 of 3" in server.said

    # One party stops in a round that the others have trained in already; then it is killed.
    killed.send(signal.SIGSTOP)
    stopped_after = server.said.count("; accuracy ")
    for one in left:
        one.wait_for("trained on", times=stopped_after + 1)
    assert server.said.count("; accuracy ") <= stopped_after + 1
    killed.send(signal.SIGKILL)
    server.wait_for("party-002: ")
    assert "parties 2 of 3" in server.said

    strangers_are_kept_out(federation)

    # The server is killed; started again, it goes on after its last round, and the parties find it again.
    server.send(signal.SIGKILL)
    server.ended()
    for one in left:
        one.wait_for("lost the server")
    state = json.loads(Path("out/state.json").read_text(encoding="utf-8"))
    before = state["rounds"]
    assert 2 <= len(before) < ROUNDS
    again = federation.server(parties=2)
    assert again.ended() == 0, again.said
    assert [one.ended() for one in left] == [0, 0], [one.said for one in left]
    for one in left:
        assert "the federation is finished" in one.said

    state = json.loads(Path("out/state.json").read_text(encoding="utf-8"))
    assert [each["number"] for each in state["rounds"]] == [*range(1, ROUNDS + 1)]
    assert state["rounds"][: len(before)] == before
    refused = [each["party"] for one in state["rounds"] for each in one["refused"]]
    assert refused == ["party-002"]
    digits = read_images("digits")
    _, accuracy = load_model(Path("out/model")).judged_by(digits.test_x, digits.test_y)
    assert accuracy == pytest.approx(state["rounds"][-1]["accuracy"])
    assert accuracy > 0.7
    until(lambda: not children_of(federation.folder), again)


def strangers_are_kept_out(federation: Place) -> None:
    """Nobody without a listed key takes part, and no party reaches what is the server's own."""
    from flwr.proto.fleet_pb2 import RegisterNodeFleetRequest
    from flwr.supercore.interceptors import RuntimeVersionHttpInterceptor
    from flwr.supercore.primitives.asymmetric import generate_key_pairs, public_key_to_bytes
    from flwr.supernode.fleet_http_client import FleetHttpClient
    from flwr.supernode.node_auth_http_interceptor import NodeAuthHttpInterceptor

    url = f"https://localhost:{federation.port}"
    context = ssl.create_default_context(cafile="certs/ca.crt")
    for path in ("/v1/control/start-run", "/v1/runtime/acquire-task", "/docs"):
        answer = httpx.post(url + path, verify=context, trust_env=False)
        assert (answer.status_code, answer.text) == (403, "not for parties\n")
    private, public = generate_key_pairs()
    with (
        FleetHttpClient.from_server_address(
            f"localhost:{federation.port}",
            False,
            Path("certs/ca.crt").read_bytes(),
            interceptors=[
                RuntimeVersionHttpInterceptor(component_name="SuperNode"),
                NodeAuthHttpInterceptor(private, public),
            ],
        ) as stranger,
        pytest.raises(httpx.HTTPStatusError),
    ):
        stranger.RegisterNode(RegisterNodeFleetRequest(public_key=public_key_to_bytes(public)))
