"""Every error has one shape, whoever noticed it first: router, body, protocol, or a fault of our own."""

import socket
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson
import pytest
from running_service import running
from served_models import FLOW

from garrison.serving.http import protocol
from garrison.serving.http.problems import PROBLEMS
from garrison.serving.http.scorer import Scorer
from garrison.serving.http.service import Service


def is_problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The problem details of an answer, as they must always be."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    facts: dict[str, Any] = answer.json()
    assert (facts["status"], facts["code"]) == (status, code)
    assert facts["title"] == PROBLEMS[code][1]
    assert facts["type"] == f"urn:garrison:problem:{code}"
    assert facts["detail"]
    assert facts["request"] == answer.headers["x-request-id"]
    assert "Traceback" not in answer.text
    return facts


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not-found"),
        ("GET", "/v1/model/", 404, "not-found"),
        ("GET", "/%00%ff", 404, "not-found"),
        ("GET", "/v1/score", 405, "wrong-method"),
        ("DELETE", "/v1/model", 405, "wrong-method"),
        ("OPTIONS", "/v1/score", 405, "wrong-method"),
        ("BREW", "/v1/score", 400, "bad-request"),
        ("GET", "/v1/model?model=none", 404, "no-such-model"),
        ("GET", "/v1/model?mdoel=flows", 400, "bad-request"),
        ("GET", "/v1/model?model=a&model=b", 400, "bad-request"),
        ("GET", "/health/live?x=1", 400, "bad-request"),
        ("POST", "/v1/admin/reload", 403, "keys-off"),
    ],
)
def test_addresses(client: httpx.Client, method: str, path: str, status: int, code: str) -> None:
    if method == "BREW":
        assert raw(client, b"BREW /v1/score HTTP/1.1\r\nhost: x\r\n\r\n")[1]["code"] == code
        return
    answer = client.request(method, path)
    facts = is_problem(answer, status, code)
    if status == 405:
        assert facts["expected"] == answer.headers["allow"]


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8080", "127.0.0.1.evil.example", "localhost.evil.example."]
)
def test_a_service_without_keys_goes_by_no_name_of_the_internet(client: httpx.Client, host: str) -> None:
    facts = is_problem(client.get("/v1/model", headers={"host": host}), 421, "foreign-name")
    assert facts["where"] == f"Host: {host.partition(':')[0]}"


@pytest.mark.parametrize(
    "host", ["localhost:8080", "127.0.0.1", "[::1]:8080", "garrison:8080", "soc.localhost"]
)
def test_a_service_goes_by_the_names_of_its_machine(client: httpx.Client, host: str) -> None:
    assert client.get("/v1/model", headers={"host": host}).status_code == 200


def test_an_open_service_goes_by_any_name(workspace: Path) -> None:
    with running(workspace, open=True) as (client, _):
        assert client.get("/v1/model", headers={"host": "soc.example"}).status_code == 200


@pytest.mark.parametrize(
    ("content", "headers", "status", "code"),
    [
        (b"", {"content-type": "application/json"}, 400, "bad-request"),
        (b"{", {"content-type": "application/json"}, 400, "bad-request"),
        (b'{"a": NaN}', {"content-type": "application/json"}, 400, "bad-request"),
        (b'{"a": "\\ud800"}', {"content-type": "application/json"}, 400, "bad-request"),
        (b"{}", {"content-type": "text/plain"}, 415, "wrong-media-type"),
        (b"{}", {}, 415, "wrong-media-type"),
        (
            b"\x1f\x8b",
            {"content-type": "application/json", "content-encoding": "gzip"},
            415,
            "wrong-media-type",
        ),
    ],
)
def test_bodies(
    client: httpx.Client, content: bytes, headers: dict[str, str], status: int, code: str
) -> None:
    is_problem(client.post("/v1/score", content=content, headers=headers), status, code)


def test_a_body_of_ten_megabytes_is_refused_and_the_service_goes_on(client: httpx.Client) -> None:
    huge = b'{"service": "' + b"x" * 10_000_000 + b'"}'
    headers = {"content-type": "application/json"}
    is_problem(client.post("/v1/score", content=huge, headers=headers), 413, "too-large")
    parts = (huge[start : start + 65_536] for start in range(0, len(huge), 65_536))
    is_problem(client.post("/v1/score", content=parts, headers=headers), 413, "too-large")
    expecting = client.post("/v1/score", content=huge, headers={**headers, "expect": "100-continue"})
    is_problem(expecting, 413, "too-large")
    assert client.post("/v1/score", json=FLOW).status_code == 200


def raw(client: httpx.Client, content: bytes, *, wait: float = 5.0) -> tuple[bytes, dict[str, Any]]:
    """What the service answers to bytes on its socket: the head, and the problem."""
    where = urlsplit(str(client.base_url))
    with socket.create_connection((where.hostname, where.port), timeout=wait) as connection:
        connection.sendall(content)
        answer = b""
        while part := connection.recv(65_536):
            answer += part
    head, _, body = answer.partition(b"\r\n\r\n")
    return head, orjson.loads(body)


@pytest.mark.parametrize(
    "content",
    [
        b"hello\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /v1/score HTTP/1.1\r\nhost: x\r\ncontent-length: -5\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nhost: x\r\n\r\n",
    ],
)
def test_what_is_no_http_is_told_so(client: httpx.Client, content: bytes) -> None:
    head, facts = raw(client, content)
    assert head.startswith(b"HTTP/1.1 400 Bad Request")
    assert (facts["status"], facts["code"]) == (400, "bad-request")


def test_a_head_that_does_not_come_is_waited_for_no_longer(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.2)
    began = time.monotonic()
    head, facts = raw(client, b"POST /v1/score HTTP/1.1\r\nhost:")
    assert head.startswith(b"HTTP/1.1 408")
    assert facts["code"] == "slow-request"
    assert time.monotonic() - began < 4


def test_a_body_that_does_not_come_is_waited_for_no_longer(workspace: Path) -> None:
    with running(workspace, body_seconds=0.2) as (client, _):
        head, facts = raw(
            client,
            b"POST /v1/score HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{",
        )
    assert head.startswith(b"HTTP/1.1 408")
    assert facts["code"] == "slow-request"


def test_a_fault_of_our_own_is_a_500_that_says_nothing_of_it(
    workspace: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> float:
        raise RuntimeError("secret insides")

    with running(workspace) as (client, _):
        monkeypatch.setattr(Scorer, "one", broken)
        answer = client.post("/v1/score", json=FLOW)
        facts = is_problem(answer, 500, "own-fault")
        assert "insides" not in answer.text
        monkeypatch.undo()
        assert client.post("/v1/score", json=FLOW).status_code == 200
        assert 'status="500"} 1.0' in client.get("/metrics").text
    logged = [orjson.loads(line) for line in capsys.readouterr().err.splitlines() if line.startswith("{")]
    (fault,) = [line for line in logged if line["level"] == "error"]
    assert fault["request"] == facts["request"]
    assert "secret insides" in fault["exception"]


def test_more_work_than_may_wait_is_refused_at_once_and_late_work_broken_off(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import threading
    from concurrent.futures import ThreadPoolExecutor

    from garrison.serving.http.routes import batch

    begun = threading.Event()
    judge = batch.judge

    def slow(*arguments: Any, **named: Any) -> Any:
        begun.set()
        for _ in range(200):
            named["deadline"].check()
            time.sleep(0.01)
        return judge(*arguments, **named)

    with running(workspace, work_seconds=0.5, waiting=0) as (client, _):
        monkeypatch.setattr(batch, "judge", slow)
        with ThreadPoolExecutor(1) as pool:
            late = pool.submit(client.post, "/v1/score/batch", json=[FLOW])
            assert begun.wait(5)
            turned_away = client.post("/v1/score/batch", json=[FLOW])
            is_problem(turned_away, 503, "busy")
            assert turned_away.headers["retry-after"] == "1"
            assert client.post("/v1/score", json=FLOW).status_code == 200, "single events go on"
            is_problem(late.result(), 504, "timeout")
        monkeypatch.undo()
        for _ in range(100):
            answer = client.post("/v1/score/batch", json=[FLOW])
            if answer.status_code == 200:
                break
            time.sleep(0.05)
        assert answer.status_code == 200, "the thread is free again"


def test_nothing_but_our_own_may_be_loaded_by_a_page(client: httpx.Client) -> None:
    for path in ("/docs", "/openapi.json", "/health/live"):
        headers = client.get(path).headers
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert headers["x-content-type-options"] == "nosniff"
        assert "server" not in headers


def test_the_page_needs_no_internet(both: tuple[httpx.Client, Service]) -> None:
    client, service = both
    page = client.get("/docs").text
    assert "<script" not in page
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "https://" not in page
    assert "/v1/score/batch" in page
    for served in service.models.all.values():
        for column in served.scorer.schema.kept(with_label=False):
            assert f"<code>{column.name}</code>" in page
    assert client.get("/static/docs.css").headers["content-type"].startswith("text/css")
