"""What may never leave the client does not, and what should not arrive at the server is refused."""

import dataclasses
import inspect
import struct
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import zstandard
from small_circuits import client_of, line, network, rows_of, server_of

from garrison.detection.circuit import Circuit
from garrison.encrypted import Client, EncryptedRows, EvaluationKeys, KeyPair, server, terms_for
from garrison.encrypted.key_files import read_evaluation_keys, read_keys
from garrison.encrypted.seal import seal_for
from garrison.encrypted.seal_form import HEADER, unpacked
from garrison.errors import EncryptionError, UsageError


def test_no_function_of_the_server_takes_a_secret() -> None:
    for _, function in inspect.getmembers(server.Server, inspect.isfunction):
        kinds = {parameter.annotation for parameter in inspect.signature(function).parameters.values()}
        assert not kinds & {KeyPair, Client, "KeyPair", "Client"}
    assert not {"KeyPair", "Client"} & set(vars(server))


def test_nothing_the_client_sends_or_says_holds_the_secret_key() -> None:
    client = client_of(line())
    raw = zstandard.ZstdDecompressor().decompressobj().decompress(client._keys.secret[HEADER.size :])
    numbers = raw[-3 * 4096 * 8 :]
    rows = client.encrypt(rows_of(line(), 2), line().limits)
    for sent in (
        client.evaluation_keys().to_bytes(),
        rows.to_bytes(),
        repr(client).encode(),
        repr(client._keys).encode(),
    ):
        assert client._keys.secret[100:200] not in sent
    for part in (client.evaluation_keys().turns, rows.ciphertexts[0]):
        assert part is not None
        plain = zstandard.ZstdDecompressor().decompressobj().decompress(part[HEADER.size :])
        assert not any(numbers[at : at + 32] in plain for at in range(0, len(numbers), 4096))


@pytest.mark.parametrize("read", [EvaluationKeys.from_bytes, EncryptedRows.from_bytes])
def test_secret_key_is_refused_by_name_where_anything_else_is_read(read: Callable[[bytes], object]) -> None:
    with pytest.raises(EncryptionError, match="this is a secret key"):
        read(client_of(line())._keys.to_secret_bytes())


def test_bare_secret_key_of_seal_is_refused() -> None:
    with pytest.raises(EncryptionError, match="nothing that Garrison encrypted"):
        EvaluationKeys.from_bytes(client_of(line())._keys.secret)


@pytest.mark.parametrize("circuit", [line(), network()], ids=["line", "network"])
def test_secret_key_in_the_place_of_a_key_or_a_row_is_refused(circuit: Circuit) -> None:
    client, place = client_of(circuit), server_of(circuit)
    secret, keys = client._keys.secret, client.evaluation_keys()
    crossed = dataclasses.replace(keys, turns=keys.turns and secret, squares=keys.squares and secret)
    with pytest.raises(EncryptionError, match="something else, or made with other parameters"):
        place.accept(crossed)
    place.accept(keys)
    rows = client.encrypt(rows_of(circuit, 1), circuit.limits)
    with pytest.raises(EncryptionError, match="something else, or made with other parameters"):
        place.score(dataclasses.replace(rows, ciphertexts=[secret] * len(rows.ciphertexts)))


def crooked(content: bytes, change: str) -> bytes:
    """A ciphertext that is not what it seems; every byte of it from a stranger."""
    raw = bytearray(zstandard.ZstdDecompressor().decompressobj().decompress(content[HEADER.size :]))
    if change == "scale":
        at = raw.find(struct.pack("<d", client_of(line()).terms.parameters.scale))
        raw[at : at + 8] = struct.pack("<d", 2.0**20)
    elif change == "numbers":
        raw[200:208] = b"\xff" * 8
    elif change == "nested compression":
        at = raw.find(content[:5] + b"\0", 32)
        raw[at + 5] = 2
    elif change == "longer":
        raw += b"\0" * 10_000_000
    elif change == "shorter":
        del raw[-8:]
    body = zstandard.ZstdCompressor().compress(bytes(raw))
    head = list(HEADER.unpack_from(content))
    head[-1] = HEADER.size + len(body)
    if change == "version":
        head[2] += 1
    elif change == "compression":
        head[4] = 1
    elif change == "length":
        head[-1] += 1
    elif change == "garbage":
        body = b"\x07" * len(body)
    return HEADER.pack(*head) + body


@pytest.mark.parametrize(
    "change",
    [
        "scale",
        "numbers",
        "nested compression",
        "longer",
        "shorter",
        "version",
        "compression",
        "length",
        "garbage",
    ],
)
def test_crooked_ciphertext_is_refused(change: str) -> None:
    client, place = client_of(line()), server_of(line())
    place.accept(client.evaluation_keys())
    rows = client.encrypt(rows_of(line(), 1), line().limits)
    place.score(dataclasses.replace(rows, ciphertexts=[crooked(rows.ciphertexts[0], "nothing")]))
    with pytest.raises(EncryptionError):
        place.score(dataclasses.replace(rows, ciphertexts=[crooked(rows.ciphertexts[0], change)]))
    with pytest.raises(EncryptionError):
        place.score(dataclasses.replace(rows, ciphertexts=[rows.ciphertexts[0][:10]]))


def test_ciphertext_that_would_unpack_to_much_is_unpacked_no_further_than_it_may() -> None:
    skeleton = seal_for(client_of(line()).terms.parameters).fresh_row()
    bomb = zstandard.ZstdCompressor().compress(bytes(100_000_000))
    content = HEADER.pack(0xA15E, *skeleton.version, 2, 0, HEADER.size + len(bomb)) + bomb
    tracemalloc.start()
    with pytest.raises(EncryptionError):
        unpacked(content, skeleton, what="a ciphertext")
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 4_000_000


def test_keys_lie_in_files_that_only_their_owner_can_read(tmp_path: Path) -> None:
    client, folder = client_of(line()), tmp_path / "keys"
    client.save(folder)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "secret.key").stat().st_mode & 0o777 == 0o600
    again = Client.load(folder, client.terms)
    assert again.fingerprint == client.fingerprint == read_evaluation_keys(folder).fingerprint
    with pytest.raises(UsageError, match="there are keys already"):
        client.save(folder)


def test_secret_that_others_could_read_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    client_of(line()).save(folder)
    (folder / "secret.key").chmod(0o640)
    with pytest.raises(UsageError, match="can be read by others") as told:
        read_keys(folder)
    assert told.value.remedy.startswith("chmod 600")


def test_files_of_two_pairs_are_refused(tmp_path: Path) -> None:
    client_of(line()).save(tmp_path / "one")
    other = Client.create(terms_for(line()))
    (tmp_path / "one" / "evaluation.keys").write_bytes(other.evaluation_keys().to_bytes())
    with pytest.raises(EncryptionError, match="not of one pair"):
        read_keys(tmp_path / "one")
    with pytest.raises(UsageError, match="there is no secret key"):
        read_keys(tmp_path / "two")


def test_rotation_makes_a_new_fingerprint_and_keeps_the_old_pair(tmp_path: Path) -> None:
    terms, folder = terms_for(line()), tmp_path / "keys"
    old, place = client_of(line()), server_of(line())
    old.save(folder)
    sent = old.encrypt(rows_of(line(), 1), line().limits)
    place.accept(old.evaluation_keys())
    late = place.score(sent)
    new = old.rotate(folder)
    assert new.fingerprint != old.fingerprint
    assert Client.load(folder, terms).fingerprint == new.fingerprint
    fresh = server_of(line())
    fresh.accept(new.evaluation_keys())
    with pytest.raises(EncryptionError, match="not known here") as told:
        fresh.score(sent)
    assert "after a rotation" in told.value.remedy
    with pytest.raises(EncryptionError, match="encrypted under the keys"):
        new.decrypt(late)
    retired = Client.load(folder / "retired" / old.fingerprint[:16], terms)
    np.testing.assert_allclose(retired.decrypt(late), line()(rows_of(line(), 1)), atol=1e-3)


def test_what_is_a_reason_to_rotate_does_not_prevent_it(tmp_path: Path) -> None:
    terms, folder = terms_for(line()), tmp_path / "keys"
    client_of(line()).save(folder)
    (folder / "secret.key").chmod(0o644)
    with pytest.raises(UsageError, match="can be read by others"):
        Client.load(folder, terms)
    place = Client.create(terms).replace(folder)
    assert (place / "secret.key").stat().st_mode & 0o777 == 0o600
    Client.load(place, terms)
    (folder / "evaluation.keys").write_bytes(b"damaged")
    secret = (folder / "secret.key").read_bytes()
    assert (Client.create(terms).replace(folder) / "secret.key").read_bytes() == secret
    (folder / "evaluation.keys").unlink()
    places = [Client.create(terms).replace(folder) for _ in range(2)]
    assert len({*places}) == 2
    Client.load(folder, terms)
