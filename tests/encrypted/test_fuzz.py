"""Whatever is sent in place of keys, rows and outputs, with digests that are right: an error of ours, or an answer."""

from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from encrypted_flows import write_parts
from held_to import examples, refused_or, sealed_anew
from hypothesis import given
from hypothesis import strategies as st
from nearly_right import damaged, damaged_files, damaged_json
from scored_flows import flow_rows
from small_circuits import line, rows_of

from garrison.detection.integrity import read_sealed
from garrison.encrypted import Client, EncryptedOutputs, EncryptedRows, EvaluationKeys, Server, terms_for
from garrison.encrypted.client_part import ClientPart
from garrison.encrypted.key_pair import KeyPair
from garrison.encrypted.message_file import messages_in, writing
from garrison.encrypted.parameters import Parameters
from garrison.encrypted.server_part import ServerPart
from garrison.encrypted.training.messages import EncryptedTable
from garrison.encrypted.training.plan import Plan
from garrison.encrypted.wire import Parcel, header_of

FEW = 10
CIRCUIT = line(3)
PARAMETERS = Parameters(degree=4096, bits=(38, 32, 38), scale_bits=32)


@cache
def client() -> Client:
    return Client.create(terms_for(CIRCUIT, PARAMETERS))


@cache
def server() -> Server:
    """It knows the client's keys."""
    made = Server(CIRCUIT, client().terms, most_keys=4)
    made.accept(client().evaluation_keys())
    return made


def _rows() -> bytes:
    return client().encrypt(rows_of(CIRCUIT, 3), CIRCUIT.limits).to_bytes()


def _take_keys(content: bytes) -> None:
    server().accept(EvaluationKeys.from_bytes(content))


def _score(content: bytes) -> None:
    server().accept(client().evaluation_keys())
    EncryptedOutputs.from_bytes(server().score(EncryptedRows.from_bytes(content)).to_bytes())


def _decrypt(content: bytes) -> None:
    assert np.isfinite(client().decrypt(EncryptedOutputs.from_bytes(content))).all()


def _secret() -> bytes:
    return client()._keys.to_secret_bytes()


def _pair(content: bytes) -> None:
    KeyPair.from_bytes(content, client().evaluation_keys().to_bytes())


def _plan(content: bytes) -> None:
    assert EncryptedTable.from_bytes(content).plan.parameters.multiplications >= 1


READERS: dict[str, tuple[Callable[[], bytes], Callable[[bytes], None]]] = {
    "evaluation keys": (lambda: client().evaluation_keys().to_bytes(), _take_keys),
    "rows": (_rows, _score),
    "outputs": (lambda: server().score(EncryptedRows.from_bytes(_rows())).to_bytes(), _decrypt),
    "secret key": (_secret, _pair),
    "training rows": (
        lambda: EncryptedTable(Plan(rows=4, inputs=2), "0" * 64, (b"one", b"two")).to_bytes(),
        _plan,
    ),
}


def sealed_again(content: bytes) -> st.SearchStrategy[bytes]:
    """A parcel whose header, or one of whose parts, is damaged, under a digest that is right."""
    kind, facts, _ = header_of(content)
    parcel = Parcel.read(content, kind)
    headers = damaged_json(facts | {"kind": kind, "parts": len(parcel.parts)})
    parts = damaged_files({str(place): part for place, part in enumerate(parcel.parts)})
    return st.one_of(
        headers.filter(lambda found: isinstance(found.get("kind"), str)).map(
            lambda found: Parcel(found.pop("kind"), found, parcel.parts).to_bytes()
        ),
        parts.map(lambda found: Parcel(kind, parcel.facts, [*found.values()]).to_bytes()),
    )


@pytest.mark.parametrize("what", READERS)
def test_a_damaged_message_is_refused_or_answered(what: str) -> None:
    make, read = READERS[what]
    content = make()
    read(content)

    @examples(FEW, share=0.2)
    @given(damaged(content) | sealed_again(content) | sealed_again(content))
    def hold(found: bytes) -> None:
        refused_or(partial(read, found))

    hold()


def test_a_damaged_file_of_messages_is_refused_or_read(tmp_path: Path) -> None:
    path = tmp_path / "rows.enc"
    with writing(path) as add:
        for message in (b"one", b"x" * 300, b"three"):
            add(message)
    content = path.read_bytes()

    @examples(4 * FEW)
    @given(damaged(content))
    def hold(found: bytes) -> None:
        path.write_bytes(found)
        refused_or(lambda: list(messages_in(path)))

    hold()


@pytest.mark.parametrize("side", ["client", "server"])
def test_a_damaged_part_with_right_digests_is_refused_or_loads(tmp_path: Path, side: str) -> None:
    write_parts(tmp_path)
    sealed = read_sealed(tmp_path / side)
    facts = {name: value for name, value in sealed.manifest.items() if name != "files"}

    def load() -> None:
        if side == "server":
            part = ServerPart.load(tmp_path / side)
            Server(part.circuit, part.terms)
        else:
            inputs = ClientPart.load(tmp_path / side).inputs([dict(row, label=None) for row in flow_rows(5)])
            assert np.isfinite(inputs).all()

    @examples(FEW, share=0.5)
    @given(
        st.tuples(damaged_files(sealed.files), st.just(facts))
        | st.tuples(st.just(sealed.files), damaged_json(facts))
    )
    def hold(found: tuple[dict[str, bytes], dict[str, Any]]) -> None:
        sealed_anew(tmp_path / side, *found)
        refused_or(load)

    hold()
