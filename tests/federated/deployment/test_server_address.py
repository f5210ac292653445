"""A party greets its server before it sends anything, and says plainly why it does not trust who answers."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from garrison.cli.main import run_command
from garrison.errors import FederationError, UsageError
from garrison.federated.deployment.certificates import make_certificates
from garrison.federated.deployment.server_address import Address, greet, parse_address
from garrison.run.lock import FolderLock

Listen = Callable[[ssl.SSLContext | None], Address]


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folders ``ours`` and ``theirs``, of two authorities, for localhost."""
    folder = tmp_path_factory.mktemp("certificates")
    for name in ("ours", "theirs"):
        make_certificates(folder / name, hosts=["localhost"])
    return folder


@pytest.fixture
def listen() -> Iterator[Listen]:
    """Starts somebody who answers on localhost: with TLS, or with a line of text."""
    open_sockets: list[socket.socket] = []

    def start(context: ssl.SSLContext | None) -> Address:
        waiting = socket.create_server(("127.0.0.1", 0))
        open_sockets.append(waiting)

        def answer() -> None:
            while True:
                try:
                    client, _ = waiting.accept()
                except OSError:
                    return
                with client:
                    try:
                        if context is None:
                            client.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                        else:
                            context.wrap_socket(client, server_side=True).close()
                    except OSError:
                        continue

        threading.Thread(target=answer, daemon=True).start()
        return Address("localhost", int(waiting.getsockname()[1]))

    yield start
    for each in open_sockets:
        each.shutdown(socket.SHUT_RDWR)
        each.close()


def tls(folder: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.crt", folder / "server.key")
    return context


def test_the_right_server_is_greeted(certificates: Path, listen: Listen) -> None:
    assert greet(listen(tls(certificates / "ours")), certificates / "ours" / "ca.crt")


def test_a_server_of_another_authority_is_not_trusted(certificates: Path, listen: Listen) -> None:
    with pytest.raises(FederationError, match="not to be trusted: unable to get local issuer") as caught:
        greet(listen(tls(certificates / "theirs")), certificates / "ours" / "ca.crt")
    assert caught.value.exit_code == 19
    assert "take ca.crt from who runs the server" in caught.value.remedy


def test_a_certificate_for_another_host_is_not_trusted(certificates: Path, listen: Listen) -> None:
    address = listen(tls(certificates / "ours"))
    with pytest.raises(FederationError, match="not to be trusted: IP address mismatch"):
        greet(Address("127.0.0.1", address.port), certificates / "ours" / "ca.crt")


def test_who_speaks_no_tls_is_told_nothing(certificates: Path, listen: Listen) -> None:
    with pytest.raises(FederationError, match="does not speak TLS") as caught:
        greet(listen(None), certificates / "ours" / "ca.crt")
    assert "nothing was sent" in caught.value.remedy


def test_nobody_may_come_later(certificates: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        assert not greet(Address("localhost", taken.getsockname()[1]), certificates / "ours" / "ca.crt")


@pytest.mark.parametrize(
    "error",
    [socket.gaierror(socket.EAI_AGAIN, "later"), ssl.SSLEOFError(8, "closed"), ConnectionResetError()],
)
def test_what_may_pass_is_waited_for(
    certificates: Path, monkeypatch: pytest.MonkeyPatch, error: OSError
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(socket, "create_connection", fails)
    assert not greet(Address("localhost", 1), certificates / "ours" / "ca.crt")


def test_a_host_that_nobody_knows_is_not_waited_for(
    certificates: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(socket, "create_connection", fails)
    with pytest.raises(FederationError, match="host is not known"):
        greet(Address("nowhere", 1), certificates / "ours" / "ca.crt")


def test_a_file_that_is_no_certificate_is_named(certificates: Path) -> None:
    for bad in (certificates / "absent.crt", certificates / "ours" / "server.key"):
        with pytest.raises(UsageError, match=r"certificate of an authority") as caught:
            greet(Address("localhost", 1), bad)
        assert str(bad) in caught.value.where


@pytest.mark.parametrize(
    "bad", ["localhost", "localhost:", "localhost:0", "localhost:70000", "a b:1", ":9443"]
)
def test_addresses_that_are_none_are_refused(bad: str) -> None:
    with pytest.raises(UsageError, match="not an address"):
        parse_address(bad)


def test_an_address_of_version_6() -> None:
    address = parse_address("[::1]:9443")
    assert (address, str(address)) == (Address("::1", 9443), "[::1]:9443")


@pytest.mark.parametrize(("theirs", "said"), [(True, "not to be trusted"), (False, "does not speak TLS")])
def test_the_command_ends_with_a_clear_error(
    certificates: Path,
    listen: Listen,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    theirs: bool,
    said: str,
) -> None:
    pytest.importorskip("flwr", reason="pip install 'garrison[federated]'")
    pytest.importorskip("torch", reason="pip install 'garrison[federated]'")
    monkeypatch.chdir(tmp_path)
    assert run_command(["federated", "split", "--out", "data", "--parties", "30"]) == 0
    address = listen(tls(certificates / "theirs") if theirs else None)
    code = run_command(
        [
            *("federated", "party", "--data-dir", "data/party-007", "--server", str(address)),
            *("--ca", str(certificates / "ours" / "ca.crt")),
        ]
    )
    shown = capsys.readouterr().err
    assert code == 19
    assert said in shown
    assert str(address) in shown
    assert "Traceback" not in shown


def test_a_party_gives_up_on_a_server_that_never_comes(
    certificates: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("flwr", reason="pip install 'garrison[federated]'")
    pytest.importorskip("torch", reason="pip install 'garrison[federated]'")
    monkeypatch.chdir(tmp_path)
    assert run_command(["federated", "split", "--out", "data", "--parties", "30"]) == 0
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        code = run_command(
            [
                *("federated", "party", "--data-dir", "data/party-000", "--give-up-after", "1"),
                *("--server", f"localhost:{taken.getsockname()[1]}"),
                *("--ca", str(certificates / "ours" / "ca.crt")),
            ]
        )
    shown = capsys.readouterr().err
    assert code == 19
    assert "waiting for the server" in shown
    assert "has not answered for 1 s" in shown


def test_one_process_takes_part_from_one_folder(
    certificates: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("flwr", reason="pip install 'garrison[federated]'")
    pytest.importorskip("torch", reason="pip install 'garrison[federated]'")
    monkeypatch.chdir(tmp_path)
    assert run_command(["federated", "split", "--out", "data", "--parties", "30"]) == 0
    (tmp_path / "federation" / "party-000").mkdir(parents=True)
    with FolderLock(tmp_path / "federation" / "party-000" / ".lock"):
        asked = ["federated", "party", "--data-dir", "data/party-000", "--server", "localhost:9"]
        assert run_command([*asked, "--ca", str(certificates / "ours" / "ca.crt")]) == 12
    assert "another process is working in this folder" in capsys.readouterr().err
