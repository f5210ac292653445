"""Every sink over real sockets and files: what arrives, what is tried again, what is never shown."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from http_hook import HookServer
from pydantic import ValidationError
from smtp_server import SmtpServer, write_certificate

from garrison.errors import SettingsError
from garrison.monitoring.alerts import Finding, Message
from garrison.monitoring.alerts.sinks import EmailSink, FileSink, NotSent, WebhookSink, signature

MESSAGE = Message(
    "production/threats@3",
    "2026-03-01T00:00:00+00:00",
    (Finding("drift", "payload_len", "payload_len has moved: KS distance 0.3"),),
    (Finding("slow", "latency_p99_ms", "over"),),
)


def test_a_file_grows_by_a_line_and_is_its_owners(tmp_path: Path) -> None:
    sink = FileSink(path=Path("deep/alerts.jsonl")).placed(tmp_path)
    sink.send(MESSAGE)
    sink.send(MESSAGE)
    path = tmp_path / "deep" / "alerts.jsonl"
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert len(lines) == 2
    assert lines[0]["alerts"][0]["subject"] == "payload_len"
    assert lines[0]["ended"][0]["rule"] == "slow"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(NotSent, match="cannot write"):
        FileSink(path=tmp_path).send(MESSAGE)


def webhook(url: str, **change: Any) -> WebhookSink:
    return WebhookSink(**{"url": url, "pause_s": 0.01, **change})


def test_a_webhook_is_signed_with_the_secret_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALERT_KEY", "hunter2")
    with HookServer() as server:
        webhook(f"{server.url}/hook?token=t", secret="ALERT_KEY").send(MESSAGE)
    (post,) = server.posts
    assert post.path == "/hook?token=t"
    assert json.loads(post.body) == MESSAGE.to_dict()
    stamp = post.headers["X-Garrison-Timestamp"]
    assert post.headers["X-Garrison-Signature"] == signature("hunter2", stamp, post.body)
    assert signature("hunter3", stamp, post.body) != signature("hunter2", stamp, post.body)
    monkeypatch.delenv("ALERT_KEY")
    with pytest.raises(SettingsError, match="ALERT_KEY is not set"):
        webhook(server.url, secret="ALERT_KEY").send(MESSAGE)


@pytest.mark.parametrize("answers", [[500, 503], [429, 0], [0, 0, 502]])
def test_a_webhook_is_tried_again_with_the_same_delivery(answers: list[int]) -> None:
    with HookServer(answers) as server:
        webhook(server.url).send(MESSAGE)
    assert len(server.posts) == len(answers) + 1
    assert len({post.headers["X-Garrison-Delivery"] for post in server.posts}) == 1


@pytest.mark.parametrize(("answers", "tried"), [([400], 1), ([404], 1), ([302], 1), ([500] * 9, 4)])
def test_a_webhook_that_refuses_is_not_told_to_have_been_reached(answers: list[int], tried: int) -> None:
    with HookServer(answers, {"Location": "http://127.0.0.1:1/"}) as server, pytest.raises(NotSent) as error:
        webhook(f"{server.url}/services/T0KEN?key=T0KEN").send(MESSAGE)
    assert len(server.posts) == tried
    assert str(answers[0]) in str(error.value)
    assert "T0KEN" not in str(error.value)


def test_a_webhook_that_is_away_is_an_error() -> None:
    with HookServer() as server:
        url = server.url
    with pytest.raises(NotSent, match="no answer"):
        webhook(url, tries=2).send(MESSAGE)


@pytest.mark.parametrize("url", ["http://hooks.example/x", "ftp://127.0.0.1/", "https://", "hooks.example"])
def test_a_webhook_in_the_open_is_refused(url: str) -> None:
    with pytest.raises(ValidationError, match="an https address"):
        WebhookSink(url=url)


def email(port: int, **change: Any) -> EmailSink:
    facts = {"host": "127.0.0.1", "port": port, "security": "none", "sender": "garrison@here.example"}
    return EmailSink(**{**facts, "to": ("soc@here.example", "oncall@here.example"), **change})


def test_a_mail_arrives() -> None:
    with SmtpServer() as server:
        email(server.port).send(MESSAGE)
    (mail,) = server.mails
    assert mail.sender == "garrison@here.example"
    assert mail.to == ("soc@here.example", "oncall@here.example")
    assert "Subject: [garrison] production/threats@3: drift (payload_len)" in mail.text
    assert "payload_len has moved" in mail.text
    assert "ended: latency_p99_ms" in mail.text


def test_a_mail_is_encrypted_and_the_user_logs_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = write_certificate(tmp_path / "server.pem")
    monkeypatch.setenv("MAIL_PASSWORD", "hunter2")
    login: dict[str, Any] = {"user": "garrison", "password": "MAIL_PASSWORD", "security": "starttls"}
    with SmtpServer(login=("garrison", "hunter2"), certificate=certificate) as server:
        with pytest.raises(NotSent, match="SSLCertVerificationError"):
            email(server.port, **login).send(MESSAGE)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        email(server.port, **login).send(MESSAGE)
        monkeypatch.setenv("MAIL_PASSWORD", "wrong")
        with pytest.raises(NotSent, match="535") as error:
            email(server.port, **login).send(MESSAGE)
    assert "wrong" not in str(error.value)
    (mail,) = server.mails
    assert mail.encrypted
    assert mail.user == "garrison"


def test_a_server_that_refuses_or_is_away_is_an_error() -> None:
    with SmtpServer(refuse=451) as server, pytest.raises(NotSent, match="451"):
        email(server.port).send(MESSAGE)
    with pytest.raises(NotSent, match="ConnectionRefusedError"):
        email(server.port).send(MESSAGE)
    with SmtpServer() as plain, pytest.raises(NotSent, match="SMTPNotSupportedError"):
        email(plain.port, security="starttls").send(MESSAGE)


@pytest.mark.parametrize(
    "change",
    [
        {"host": "mail.example"},
        {"user": "garrison"},
        {"to": ()},
        {"to": ("a@b.example, c@d.example",)},
        {"to": ("a@b.example\nBcc: e@f.example",)},
        {"sender": "nobody"},
        {"password": "not a variable", "user": "x"},
    ],
)
def test_a_mail_that_cannot_be_right_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        email(25, **change)


def test_a_subject_is_one_line_whatever_the_columns_are_called() -> None:
    odd = Message("m", "now", (Finding("drift", "a\r\nBcc: x@y.example", "moved"),))
    with SmtpServer() as server:
        email(server.port).send(odd)
    (mail,) = server.mails
    head = mail.text.partition("\n\n")[0].splitlines()
    assert "Subject: [garrison] m: drift (a Bcc: x@y.example)" in head
    assert not any(line.startswith("Bcc") for line in head)
