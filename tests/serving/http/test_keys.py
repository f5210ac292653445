"""Who may ask: keys and their scopes, how they are kept, and how many requests a second each has."""

import base64
import json
import stat
from pathlib import Path
from typing import Any

import httpx
import pytest
from running_service import running
from served_models import FLOW

from garrison.cli.main import run_command
from garrison.errors import UsageError
from garrison.serving.http import new_key, read_keys, write_keys
from garrison.serving.http.keys import VARIABLE, add_key, remove_key


@pytest.fixture
def keys(tmp_path: Path) -> tuple[Path, dict[str, str]]:
    """A file of keys, one of each scope, and what their holders write."""
    path = tmp_path / "private" / "api_keys.json"
    made = {scope: new_key([scope]) for scope in ("score", "explain", "metrics", "admin")}
    write_keys(path, [key for key, _ in made.values()])
    return path, {scope: text for scope, (_, text) in made.items()}


def bearer(text: str) -> dict[str, str]:
    return {"authorization": f"Bearer {text}"}


def ask(client: httpx.Client, method: str, path: str, **more: Any) -> int:
    if method == "POST" and "admin" not in path:
        more["json"] = FLOW if path != "/v1/score/batch" else [FLOW]
    return client.request(method, path, **more).status_code


ADDRESSES = [
    ("POST", "/v1/score", {"score"}),
    ("POST", "/v1/score/batch", {"score"}),
    ("POST", "/v1/explain", {"explain"}),
    ("GET", "/metrics", {"metrics"}),
    ("POST", "/v1/admin/reload", set()),
    ("GET", "/v1/model", {"score", "explain", "metrics"}),
    ("GET", "/v1/models", {"score", "explain", "metrics"}),
    ("GET", "/openapi.json", {"score", "explain", "metrics"}),
    ("GET", "/docs", {"score", "explain", "metrics"}),
]


def test_each_scope_opens_its_addresses_and_no_other(
    workspace: Path, keys: tuple[Path, dict[str, str]]
) -> None:
    path, texts = keys
    with running(workspace, keys=str(path)) as (client, _):
        for method, address, allowed in ADDRESSES:
            refused = client.request(method, address)
            assert refused.status_code == 401, address
            assert refused.json()["code"] == "no-key"
            assert refused.headers["www-authenticate"].startswith("Bearer")
            for scope, text in texts.items():
                status = ask(client, method, address, headers=bearer(text))
                may = scope in allowed or scope == "admin"
                assert (status != 403) is may, (address, scope, status)
                assert status in ((200, 409) if may else (403,)), (address, scope, status)
        for address in ("/health/live", "/health/ready", "/static/docs.css"):
            assert client.get(address).status_code == 200
        document = client.get("/openapi.json", headers=bearer(texts["score"])).json()
        assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"


def test_no_address_is_open_that_is_not_meant_to_be(
    workspace: Path, keys: tuple[Path, dict[str, str]]
) -> None:
    path, texts = keys
    with running(workspace, keys=str(path)) as (client, _):
        document = client.get("/openapi.json", headers=bearer(texts["admin"])).json()
        told = {(method.upper(), name) for name, methods in document["paths"].items() for method in methods}
        open_ones = {one for one in told if client.request(*one).status_code != 401}
    assert open_ones == {("GET", "/health/live"), ("GET", "/health/ready"), ("GET", "/static/docs.css")}
    assert told - open_ones == {(method, address) for method, address, _ in ADDRESSES}


def test_other_ways_to_present_a_key(workspace: Path, keys: tuple[Path, dict[str, str]]) -> None:
    path, texts = keys
    basic = {"authorization": "Basic " + base64.b64encode(f"me:{texts['score']}".encode()).decode()}
    with running(workspace, keys=str(path)) as (client, _):
        assert ask(client, "POST", "/v1/score", headers={"x-api-key": texts["score"]}) == 200
        assert client.get("/v1/model", headers=basic).status_code == 200
        assert ask(client, "POST", "/v1/score", headers=basic) == 401, "a page elsewhere could have it sent"


@pytest.mark.parametrize(
    "wrong", ["", "x", "garrison_", "garrison_00000000_" + "A" * 43, "é" * 20, "A" * 9000]
)
def test_what_is_no_key_opens_nothing(workspace: Path, keys: tuple[Path, dict[str, str]], wrong: str) -> None:
    path, texts = keys
    with running(workspace, keys=str(path)) as (client, _):
        for value in (wrong, texts["score"][:-1], texts["score"] + "A", texts["score"].swapcase()):
            headers = [(b"authorization", b"Bearer x" + value.encode()), (b"x-api-key", value.encode())]
            assert client.get("/v1/model", headers=headers).status_code == 401


def test_only_salted_hashes_are_kept_where_only_the_owner_reads(keys: tuple[Path, dict[str, str]]) -> None:
    path, texts = keys
    kept = path.read_text(encoding="utf-8")
    assert not any(text.split("_", 2)[2] in kept for text in texts.values())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    salts = {key["salt"] for key in json.loads(kept)["keys"]}
    assert len(salts) == len(texts)
    path.chmod(0o640)
    with pytest.raises(UsageError, match="read by others"):
        read_keys(path)


@pytest.mark.parametrize(
    "content", ["", "{}x", '{"keys": [{"id": "1"}]}', '{"format": 2, "keys": []}', '{"kyes": []}', "[]"]
)
def test_a_damaged_file_of_keys_is_an_error_and_not_an_open_door(tmp_path: Path, content: str) -> None:
    path = tmp_path / "api_keys.json"
    path.write_text(content, encoding="utf-8")
    path.chmod(0o600)
    with pytest.raises(UsageError, match="keys cannot be read"):
        read_keys(path)


def test_the_environment_may_hold_the_hashes(keys: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    path, texts = keys
    ring = read_keys(tmp_path / "nothing", environment={VARIABLE: path.read_text(encoding="utf-8")})
    assert ring is not None
    found = ring.find(texts["admin"])
    assert found is not None
    assert (found.scopes, ring.origin) == (("admin",), VARIABLE)
    named = read_keys(path, named=True, environment={VARIABLE: '{"keys": []}'})
    assert named is not None
    assert named.origin == str(path), "what is named comes before what lies about"


def test_a_key_that_was_revoked_is_of_no_use_any_more(own_workspace: Path) -> None:
    place = own_workspace / "keys" / "api_keys.json"
    (first, text), (second, other) = new_key(["score"], name="a"), new_key(["admin"], name="b")
    add_key(place, first)
    add_key(place, second)
    with running(own_workspace) as (client, service):
        assert ask(client, "POST", "/v1/score", headers=bearer(text)) == 200
        remove_key(place, first.id)
        service.look()
        assert ask(client, "POST", "/v1/score", headers=bearer(text)) == 401
        remove_key(place, second.id)
        assert client.post("/v1/admin/reload", headers=bearer(other)).status_code == 200
        assert ask(client, "POST", "/v1/score", headers=bearer(other)) == 401, (
            "no key is left, and none is let in"
        )
        place.unlink()
        service.look()
        assert ask(client, "POST", "/v1/score") == 401, "keys that were on stay on"


def test_each_key_has_its_rate(workspace: Path, tmp_path: Path) -> None:
    place = tmp_path / "keys.json"
    (slow, slow_text), (plain, plain_text) = new_key(["score"], rate=0.01), new_key(["score"])
    write_keys(place, [slow, plain])
    with running(workspace, keys=str(place), burst=3) as (client, _):
        statuses = [ask(client, "POST", "/v1/score", headers=bearer(slow_text)) for _ in range(4)]
        assert statuses == [200, 200, 200, 429]
        answer = client.post("/v1/score", json=FLOW, headers=bearer(slow_text))
        assert answer.json()["code"] == "too-many-requests"
        assert 1 <= int(answer.headers["retry-after"]) <= 100
        assert [ask(client, "POST", "/v1/score", headers=bearer(plain_text)) for _ in range(9)] == [200] * 9
        assert ask(client, "GET", "/health/ready") == 200


def test_without_keys_an_address_has_its_rate(workspace: Path) -> None:
    with running(workspace, rate=0.01, burst=2) as (client, _):
        assert [ask(client, "POST", "/v1/score") for _ in range(3)] == [200, 200, 429]


def test_the_commands_make_list_and_revoke(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert (
        run_command(["serve", "keys", "new", "--scope", "score", "--scope", "explain", "--name", "siem"]) == 0
    )
    shown = capsys.readouterr()
    text = shown.out.strip()
    ring = read_keys(Path("keys/api_keys.json"))
    assert ring is not None
    key = ring.find(text)
    assert key is not None
    assert (key.name, key.scopes) == ("siem", ("score", "explain"))
    assert text not in shown.err
    assert run_command(["serve", "keys", "list"]) == 0
    listed = capsys.readouterr().out
    assert key.id in listed
    assert text.split("_", 2)[2] not in listed
    assert run_command(["serve", "keys", "revoke", "nobody"]) == 2
    assert key.id in capsys.readouterr().err
    assert run_command(["serve", "keys", "revoke", key.id]) == 0
    assert read_keys(Path("keys/api_keys.json")) == type(ring)((), "keys/api_keys.json")
    assert run_command(["serve", "keys", "new", "--scope", "root"]) == 2
    assert "score, explain, metrics, admin" in capsys.readouterr().err
