"""The server's command says what is missing before it starts anything."""

import socket
from pathlib import Path

import pytest

pytest.importorskip("flwr", reason="the server runs Flower's: pip install 'garrison[federated]'")
pytest.importorskip("torch", reason="the server builds networks: pip install 'garrison[federated]'")

from federation_processes import free_port

from garrison.cli.main import run_command
from garrison.federated.deployment.certificates import make_certificates


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    make_certificates(tmp_path / "certs", hosts=["localhost"])
    assert run_command(["federated", "split", "--out", "data", "--parties", "3"]) == 0
    return tmp_path


def serve(*more: str) -> int:
    return run_command(
        [
            *("federated", "server", "--out", "out", "--certificates", "certs", "--data-dir", "data/server"),
            *("--network", "mlp", "--listen", f"127.0.0.1:{free_port()}", *more),
        ]
    )


def test_a_missing_certificate_is_named(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "certs" / "server.crt").unlink()
    assert serve() == 2
    assert "certs/server.crt" in capsys.readouterr().err


def test_a_key_of_another_certificate_is_refused(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_certificates(place / "other", hosts=["localhost"])
    (place / "other" / "server.key").replace(place / "certs" / "server.key")
    assert serve() == 2
    assert "cannot be used" in capsys.readouterr().err


def test_a_port_that_is_taken_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert serve("--listen", f"127.0.0.1:{port}") == 19
    shown = capsys.readouterr().err
    assert "cannot listen" in shown
    assert f"127.0.0.1:{port}" in shown


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--secure", "--strategy", "median"], "compares the parties' updates"),
        (["--parties", "2", "--minimum-parties", "3"], "a round needs 3"),
        (["--secure", "--parties", "2"], "3 or more"),
        (["--network", "none"], "no network is called 'none'"),
        (["--classes", "2"], "10 or more"),
        (["--party-keys", "data"], "no public keys"),
    ],
)
def test_what_cannot_work_is_said_at_once(
    capsys: pytest.CaptureFixture[str], options: list[str], said: str
) -> None:
    assert serve(*options) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (["--data-dir", "nowhere"], 5, "nowhere/x.npy"),
        (["--known-parties", "certs"], 2, "without --secure and --key"),
        (["--key", "certs/ca.crt"], 2, "read by others"),
        (["--name", "../away"], 2, "no name for a party"),
        (["--most-epsilon", "nan"], 2, "not a number"),
        (["--most-epsilon", "0"], 2, "the party allows is 0"),
        (["--most-epsilon", "inf"], 2, "the party allows is inf"),
        (["--ca", "certs/absent.crt"], 2, "certs/absent.crt"),
    ],
)
def test_a_party_is_told_what_is_wrong_with_its_options(
    capsys: pytest.CaptureFixture[str], options: list[str], code: int, said: str
) -> None:
    asked = [
        "federated",
        "party",
        "--data-dir",
        "data/party-000",
        "--server",
        "localhost:9",
        "--ca",
        "certs/ca.crt",
    ]
    assert run_command([*asked, *options]) == code
    assert said in capsys.readouterr().err
