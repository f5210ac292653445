"""Two processes on loopback: this one holds the secret key, the service does not, and is sent nothing that tells."""

import itertools
import struct
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
import zstandard
from encrypted_flows import encrypted_detector, write_parts
from relay import Relay
from running_service import Process, running
from scored_flows import flow_rows

from garrison.encrypted import Client, ClientPart, RemoteServer, asker
from garrison.encrypted.seal_form import HEADER
from garrison.errors import EncryptionError, IntegrityError
from garrison.serving.http import new_key, write_keys

OCTETS = {"content-type": "application/octet-stream"}


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("parts")
    write_parts(folder)
    return folder


@pytest.fixture
def service(parts: Path, tmp_path: Path) -> Iterator[httpx.Client]:
    with running(tmp_path, models=(), encrypted=str(parts / "server")) as (client, _):
        yield client


def test_service_is_sent_no_feature_and_no_secret_and_scores_all_the_same(
    parts: Path, tmp_path: Path
) -> None:
    part = ClientPart.load(parts / "client")
    client, rows = Client.create(part.terms), flow_rows(100)
    with Process(tmp_path, "--encrypted", str(parts / "server")) as process:
        relay = Relay(int(process.url.rpartition(":")[2]), record=True)
        with RemoteServer(relay.address) as server:
            assert server.terms() == part.terms
            found = part.detector(asker(client, server, part.limits)).score(rows)
        relay.cut()
        log = process.errors()
    np.testing.assert_allclose(found, encrypted_detector().score(rows), atol=1e-3)
    sent = b"".join(relay.sent)
    assert sent.count(b"POST /v1/encrypted/score") == 2  # the second after the keys
    assert sent.count(b"PUT /v1/encrypted/keys") == 1
    for heap in (sent, unpacked(sent)):
        assert not [each for each in secrets_of(client) if each in heap]
        assert not [each for each in features_of(part, rows) if each in heap]
    assert "host 3" not in log


def secrets_of(client: Client) -> list[bytes]:
    """The secret key as SEAL saves it, packed and not, in pieces."""
    packed = client._keys.secret
    raw = zstandard.ZstdDecompressor().decompressobj().decompress(packed[HEADER.size :])
    numbers = [raw[at : at + 24] for at in range(200, len(raw) - 24, 512)]
    return [packed[100:132], client._keys.to_secret_bytes()[-32:], *numbers]


def features_of(part: ClientPart, rows: list[dict[str, object]]) -> list[bytes]:
    """What the rows hold, as text and as numbers of every kind that could be sent, before and after encoding."""
    found = {str(row[name]).encode() for row in rows for name in ("who",)}
    found |= {f'"{name}"'.encode() for row in rows for name in row}
    values = [float(row["bytes"]) for row in rows if row["bytes"] and row["bytes"] not in (1.0, 2.0)]  # type: ignore[arg-type]
    values += [value for value in part.inputs(rows).ravel().tolist() if value not in (0.0, 1.0, -1.0)]
    for value in values:
        found |= {struct.pack("<d", value), struct.pack(">d", value), repr(value).encode()}
    found |= {struct.pack("<ff", *pair) for pair in itertools.pairwise(values)}
    # A round number is a few bytes and zeros, as sizes and counts of ciphertexts are: it stands there by chance.
    told = [each for each in found if len(each.strip(b"\0")) >= 6]
    assert len(told) > 200
    return told


def unpacked(sent: bytes) -> bytes:
    """Every one of SEAL's objects among the bytes, decompressed."""
    found, at = [], 0
    while (at := sent.find(b"\x5e\xa1\x10", at)) >= 0:
        length = HEADER.unpack_from(sent, at)[-1]
        if length < 2**24:
            found.append(
                zstandard.ZstdDecompressor().decompressobj().decompress(sent[at + HEADER.size : at + length])
            )
        at += 1
    assert len(found) >= 3
    return b"".join(found)


def problem_of(answer: httpx.Response) -> tuple[int, str, int | None]:
    facts = answer.json()
    return answer.status_code, facts["code"], facts.get("exit_code")


def test_bad_bodies_are_problems_and_no_faults(service: httpx.Client, parts: Path) -> None:
    part = ClientPart.load(parts / "client")
    client = Client.create(part.terms)
    rows = client.encrypt(part.inputs(flow_rows(3)), part.limits).to_bytes()
    keys = client.evaluation_keys().to_bytes()

    def post(body: bytes) -> tuple[int, str, int | None]:
        return problem_of(service.post("/v1/encrypted/score", content=body, headers=OCTETS))

    assert post(rows) == (409, "unknown-keys", None)
    assert post(rows[:-1]) == (422, "encryption-error", 20)
    assert post(b"") == (422, "encryption-error", 20)
    assert post(keys) == (422, "encryption-error", 20)
    assert post(client._keys.to_secret_bytes()) == (422, "encryption-error", 20)
    put = service.put("/v1/encrypted/keys", content=client._keys.to_secret_bytes(), headers=OCTETS)
    assert problem_of(put) == (422, "encryption-error", 20)
    assert "secret key" in put.json()["detail"]
    assert service.put("/v1/encrypted/keys", content=keys, headers=OCTETS).json() == {
        "fingerprint": client.fingerprint
    }
    assert service.post("/v1/encrypted/score", content=rows, headers=OCTETS).status_code == 200
    assert problem_of(service.post("/v1/encrypted/score", content=rows))[1] == "wrong-media-type"


def test_address_where_no_such_service_is_is_said_to_be_none(service: httpx.Client) -> None:
    nowhere = RemoteServer(f"{service.base_url}/elsewhere")
    with nowhere as server, pytest.raises(EncryptionError, match="refused: GET /elsewhere/v1/encrypted"):
        server.terms()


def test_service_of_encrypted_rows_alone_tells_what_it_has(service: httpx.Client) -> None:
    paths = service.get("/openapi.json").json()["paths"]
    assert {"/v1/encrypted", "/v1/encrypted/keys", "/v1/encrypted/score"} <= paths.keys()
    assert "/v1/score" not in paths
    assert service.get("/docs").status_code == 200
    assert service.get("/health/ready").json()["status"] == "ready"


def test_keys_of_the_service_and_its_limits_hold(
    parts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, text = new_key(["score"])
    write_keys(tmp_path / "keys" / "api_keys.json", [kept])
    part = ClientPart.load(parts / "client")
    client, rows = Client.create(part.terms), part.inputs(flow_rows(3))
    served = str(parts / "server")
    with running(tmp_path, models=(), encrypted=served, most_encrypted_bytes=1 << 20) as (http, _):
        url = str(http.base_url)
        with RemoteServer(url, api_key="") as server, pytest.raises(EncryptionError, match="key"):
            server.accept(client.evaluation_keys())
        monkeypatch.setenv("GARRISON_API_KEY", text)
        with RemoteServer(url) as server:
            ask = asker(client, server, part.limits)
            np.testing.assert_allclose(
                part.scores(ask(rows)), encrypted_detector().score(flow_rows(3)), atol=1e-3
            )
        large = http.put(
            "/v1/encrypted/keys",
            content=b"x" * (1 << 21),
            headers={**OCTETS, "authorization": f"Bearer {text}"},
        )
        assert problem_of(large)[:2] == (413, "too-large")


def test_changed_part_is_not_served(parts: Path, tmp_path: Path) -> None:
    write_parts(tmp_path)
    with (tmp_path / "server" / "circuit.npz").open("ab") as file:
        file.write(b"x")
    with pytest.raises(IntegrityError), running(tmp_path, models=(), encrypted=str(tmp_path / "server")):
        pass
