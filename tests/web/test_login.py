"""Logging in with a key: what a session may do, how long it lasts, and what no other page can do in its name."""

from pathlib import Path

import httpx
import pytest
from running_service import running
from web_place import write_web_keys
from web_visitor import Visitor

from garrison.serving.http import Keyring, new_key
from garrison.serving.http.keys import remove_key
from garrison.serving.http.service import Service
from garrison.web.elsewhere import is_here
from garrison.web.sessions import IDLE_SECONDS, LONGEST_SECONDS, MOST_SESSIONS, Sessions

Keyed = tuple[httpx.Client, Service, dict[str, str]]


def test_whoever_has_no_key_is_led_to_the_log_in_and_on_from_there(keyed: Keyed) -> None:
    client, _, texts = keyed
    visitor = Visitor(client)
    answer = visitor.see("/try?model=threats")
    assert answer.url.path == "/login"
    assert answer.url.params["next"] == "/try?model=threats"
    assert "Log in" in visitor.text
    answer = visitor.log_in(texts["analyst"], next="/try?model=threats")
    assert answer.url.path == "/try"
    assert "<i>analyst" not in visitor.page, "a key's name is text"
    assert visitor.see("/docs").status_code == 200, "the addresses' own page, too"


def test_a_session_is_a_cookie_that_holds_no_key_and_no_script_reads(keyed: Keyed) -> None:
    client, _, texts = keyed
    visitor = Visitor(client)
    visitor.see("/login")
    before = visitor.cookies["garrison_session"]
    key = texts["score"]
    sent = httpx.post(
        client.base_url.join("/login"),
        data={"token": visitor.token, "key": key},
        cookies={"garrison_session": before},
    )
    stated = sent.headers["set-cookie"]
    assert sent.status_code == 303
    assert {"httponly", "samesite=strict", "path=/"} <= {each.strip().lower() for each in stated.split(";")}
    assert before not in stated, "a cookie from before the log-in is worth nothing after it"
    assert key.split("_", 2)[2] not in stated
    assert key not in sent.headers["location"]
    encrypted = httpx.get(client.base_url.join("/login"), headers={"x-forwarded-proto": "https"})
    assert "secure" in encrypted.headers["set-cookie"].lower()


def test_a_wrong_key_is_told_so_and_tried_no_more_than_now_and_then(
    web_workspace: Path, tmp_path: Path
) -> None:
    write_web_keys(tmp_path / "keys.json")
    with running(
        web_workspace, models=("production/threats",), with_pages=True, keys=str(tmp_path / "keys.json")
    ) as (
        client,
        _,
    ):
        visitor = Visitor(client)
        assert visitor.log_in("garrison_00000000_" + "A" * 43).status_code == 401
        assert "No key that is known" in visitor.text
        answers = [visitor.log_in("x").status_code for _ in range(11)]
    assert 429 in answers


def test_what_a_key_may_not_do_its_session_may_not(keyed: Keyed) -> None:
    client, _, texts = keyed
    visitor = Visitor(client)
    visitor.log_in(texts["score"])
    assert visitor.see("/try").status_code == 200
    assert "Reasons need a key" not in visitor.text
    for path in ("/live", "/drift"):
        assert visitor.see(path).status_code == 403
        assert "has not the scope metrics" in visitor.text
        assert f'href="{path}"' not in visitor.page
    data = {
        "event": '{"timestamp": "2026-01-05T10:00:00Z", "src_ip": null, "protocol": "tcp", "payload_len": 3}'
    }
    assert visitor.send("/try", data=data).status_code == 200
    assert "Reasons need a key with the scope explain" in visitor.text


def test_logging_out_ends_the_session(keyed: Keyed) -> None:
    client, _, texts = keyed
    visitor = Visitor(client)
    visitor.log_in(texts["admin"])
    old = visitor.cookies["garrison_session"]
    assert visitor.send("/logout", seen="/").url.path == "/login"
    again = httpx.get(client.base_url.join("/"), cookies={"garrison_session": old})
    assert again.status_code == 303


def test_a_revoked_key_ends_its_sessions(web_workspace: Path, tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    texts = write_web_keys(path)
    with running(web_workspace, models=("production/threats",), with_pages=True, keys=str(path)) as (
        client,
        service,
    ):
        visitor = Visitor(client)
        visitor.log_in(texts["score"])
        assert visitor.see("/try").url.path == "/try"
        remove_key(path, texts["score"].split("_")[1])
        service.callers.reread()
        assert visitor.see("/try").url.path == "/login"


@pytest.mark.parametrize("token", ["", "0" * 64, "é"])
def test_a_form_that_was_made_for_somebody_else_is_refused(keyed: Keyed, token: str) -> None:
    client, service, texts = keyed
    visitor, other = Visitor(client), Visitor(client)
    visitor.log_in(texts["admin"])
    other.log_in(texts["admin"])
    for path in ("/models/threats/promote", "/models/threats/rollback", "/try", "/logout", "/login"):
        for given in (token, other.token):
            answer = visitor.send(path, seen="/", data={"token": given, "version": "3"})
            assert answer.status_code == 400, path
            assert "this form was not made for you" in visitor.text
    assert service.models.get(None).version == 2


def test_a_form_that_comes_from_another_site_is_refused_with_its_token(keyed: Keyed) -> None:
    client, service, texts = keyed
    visitor = Visitor(client)
    visitor.log_in(texts["admin"])
    for headers in (
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "cross-site", "origin": "null"},
        {"origin": "https://evil.example"},
        {"origin": "http://127.0.0.1:1", "sec-fetch-site": "same-site"},
        {"origin": "http://[broken"},
    ):
        answer = visitor.send("/models/threats/promote", seen="/", data={"version": "3"}, headers=headers)
        assert answer.status_code == 403, headers
        assert "this form came from a page of another site" in visitor.text
    assert service.models.get(None).version == 2


def test_a_form_of_the_service_is_taken_behind_a_proxy_and_without_a_referrer(keyed: Keyed) -> None:
    client, _, _ = keyed
    visitor = Visitor(client)
    here = str(client.base_url).rstrip("/")
    behind = {"origin": "https://garrison.example"}
    for headers in (
        {"origin": here, "sec-fetch-site": "same-origin"},
        {"origin": here},
        {"origin": "null", "sec-fetch-site": "same-origin"},
        {"origin": "null"},
        {**behind, "sec-fetch-site": "same-origin"},
        {**behind, "x-forwarded-host": "garrison.example"},
        {**behind, "host": "garrison.example"},
    ):
        answer = visitor.send("/logout", seen="/login", headers=headers)
        assert answer.history[0].status_code == 303, headers


def test_a_program_reads_pages_with_its_key_and_sends_no_form(keyed: Keyed) -> None:
    client, _, texts = keyed
    headers = {"authorization": f"Bearer {texts['admin']}", "accept": "text/html"}
    assert httpx.get(client.base_url.join("/models/threats"), headers=headers).status_code == 200
    answer = httpx.post(client.base_url.join("/try"), headers=headers, data={"event": "{}"})
    assert answer.status_code == 400
    assert "a program asks the addresses that /docs lists" in answer.text


def test_a_session_changes_nothing_at_the_addresses_for_programs(keyed: Keyed) -> None:
    client, _, texts = keyed
    visitor = Visitor(client)
    visitor.log_in(texts["admin"])
    cookies = dict(visitor.cookies)
    assert httpx.post(client.base_url.join("/v1/admin/reload"), cookies=cookies).status_code == 401
    assert httpx.post(client.base_url.join("/v1/score"), json={}, cookies=cookies).status_code == 401


def test_no_key_is_logged(web_workspace: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "keys.json"
    texts = write_web_keys(path)
    with running(web_workspace, models=("production/threats",), with_pages=True, keys=str(path)) as (
        client,
        _,
    ):
        visitor = Visitor(client)
        visitor.log_in(texts["admin"])
        visitor.see("/nowhere")
        session = visitor.cookies["garrison_session"]
    said = capfd.readouterr()
    assert '"logged in"' in said.err
    for secret in (texts["admin"].split("_", 2)[2], session):
        assert secret not in said.err + said.out


def test_sessions_end_by_silence_by_age_and_by_number() -> None:
    key, _ = new_key(["score"])
    now = [0.0]
    sessions = Sessions(lambda: Keyring((key,), "here"), clock=lambda: now[0])
    silent, busy = sessions.begin(key), sessions.begin(key)
    while now[0] < LONGEST_SECONDS - IDLE_SECONDS:
        now[0] += IDLE_SECONDS - 1
        assert sessions.key(busy) == key
    assert sessions.key(silent) is None
    now[0] = LONGEST_SECONDS + 1
    assert sessions.key(busy) is None
    first = sessions.begin(key)
    for _ in range(MOST_SESSIONS):
        last = sessions.begin(key)
    assert sessions.key(first) is None
    assert sessions.key(last) == key
    assert Sessions(lambda: None).key(last) is None


@pytest.mark.parametrize(
    "path", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "/\n"]
)
def test_the_log_in_leads_nowhere_else(path: str) -> None:
    assert is_here(path) == "/"
