import dataclasses

import numpy as np
import pytest
from small_circuits import client_of, line, network, rows_of, server_of

from garrison.detection.circuit import Circuit, Dense, Square
from garrison.encrypted import Client, EncryptedOutputs, EncryptedRows, EvaluationKeys, Server, terms_for
from garrison.errors import DataError, EncryptionError, ModelError, UsageError


def asked(
    circuit: Circuit, rows: int, packing: str = "auto"
) -> tuple[float, EncryptedRows, EncryptedOutputs]:
    """The largest error against the plain circuit, and what was sent: all of it through its bytes."""
    client, server = client_of(circuit), server_of(circuit)
    X = rows_of(circuit, rows)
    server.accept(EvaluationKeys.from_bytes(client.evaluation_keys().to_bytes()))
    sent = EncryptedRows.from_bytes(client.encrypt(X, circuit.limits, packing=packing).to_bytes())
    back = EncryptedOutputs.from_bytes(server.score(sent).to_bytes())
    found = client.decrypt(back)
    assert found.shape == (rows, circuit.outputs)
    return float(np.abs(found - circuit(X)).max()), sent, back


@pytest.mark.parametrize(
    ("circuit", "rows", "packing", "ciphertexts", "results"),
    [
        (line(), 1, "auto", 1, 1),
        (line(), 65, "auto", 2, 2),
        (line(), 2048, "auto", 30, 1),
        (line(), 3, "columns", 30, 1),
        (line(), 2049, "columns", 60, 2),
        (line(1), 5, "auto", 1, 1),
        (line(33), 40, "rows", 2, 2),
        (network(), 3, "auto", 5, 2),
    ],
)
def test_encrypted_outputs_are_the_plain_ones(
    circuit: Circuit, rows: int, packing: str, ciphertexts: int, results: int
) -> None:
    error, sent, back = asked(circuit, rows, packing)
    assert (len(sent.ciphertexts), len(back.ciphertexts)) == (ciphertexts, results)
    assert error <= 6 * terms_for(circuit).error


def test_error_is_as_large_as_predicted_and_no_noise_is_missing() -> None:
    error, _, _ = asked(line(), 2048, "columns")
    assert 1e-9 < error <= terms_for(line()).error


def test_circuit_may_end_in_squares() -> None:
    circuit = Circuit((Dense(np.array([[1.0, -0.5]]), np.array([0.1])), Square()), limits=np.ones(2))
    error, _, _ = asked(circuit, 4)
    assert error <= 6 * terms_for(circuit).error


def test_two_squares_with_wide_sums_behind_the_first() -> None:
    draw = np.random.default_rng(3)
    first, second, last = (
        Dense(draw.normal(size=shape) / 3, draw.normal(size=shape[0])) for shape in ((2, 3), (3, 2), (1, 3))
    )
    circuit = Circuit((first, Square(), second, Square(), last), limits=np.ones(3))
    error, _, _ = asked(circuit, 2)
    assert error <= 6 * terms_for(circuit).error


def test_result_of_shared_ciphertexts_holds_outputs_and_nothing_else() -> None:
    from garrison.encrypted.seal import seal_for

    circuit, client = line(), client_of(line())
    _, _, back = asked(circuit, 64, "rows")
    seal = seal_for(client.terms.parameters)
    decryptor = seal.api.Decryptor(seal.context, client._keys.seal_secret())
    slots = client._decrypted(seal, decryptor, back.ciphertexts[0])
    plain = circuit(rows_of(circuit, 64))[:, 0]
    np.testing.assert_allclose(slots, np.tile(plain, 32), atol=1e-3)


def test_same_rows_give_other_ciphertexts_each_time() -> None:
    client, rows = client_of(line()), rows_of(line(), 1)
    one, two = (client.encrypt(rows, line().limits).ciphertexts[0] for _ in range(2))
    assert one != two


@pytest.mark.parametrize("value", [2.0001, -9.0, np.nan, np.inf])
def test_number_beyond_its_limit_is_refused_before_encryption(value: float) -> None:
    rows = rows_of(line(), 3)
    rows[1, 4] = value
    with pytest.raises(DataError, match="beyond what the model was prepared for") as told:
        client_of(line()).encrypt(rows, line().limits)
    assert told.value.where.startswith("row 2, input 5")


@pytest.mark.parametrize("shape", [(0, 30), (3, 29), (30,)])
def test_rows_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(DataError, match="rows of shape"):
        client_of(line()).encrypt(np.zeros(shape), line().limits)


@pytest.mark.parametrize(("circuit", "packing"), [(network(), "rows"), (line(), "diagonals")])
def test_packing_that_does_not_suit_is_refused(circuit: Circuit, packing: str) -> None:
    with pytest.raises(UsageError, match="is no packing for this model"):
        client_of(circuit).encrypt(rows_of(circuit, 2), circuit.limits, packing=packing)


def sent_of(circuit: Circuit, rows: int = 2) -> EncryptedRows:
    return client_of(circuit).encrypt(rows_of(circuit, rows), circuit.limits)


def test_rows_under_keys_the_server_does_not_know_are_refused() -> None:
    with pytest.raises(EncryptionError, match="are not known here"):
        server_of(line()).score(sent_of(line()))


def test_rows_of_another_model_or_other_parameters_are_refused() -> None:
    server = server_of(line())
    server.accept(client_of(line()).evaluation_keys())
    other = dataclasses.replace(sent_of(line()), model="0" * 64)
    with pytest.raises(EncryptionError, match="meant for the model 0000000000000000"):
        server.score(other)
    with pytest.raises(EncryptionError, match="other parameters"):
        server.score(sent_of(network()))


def test_rows_that_are_not_as_many_as_said_are_refused() -> None:
    server = server_of(line())
    server.accept(client_of(line()).evaluation_keys())
    with pytest.raises(EncryptionError, match="1 ciphertexts for 65 rows"):
        server.score(dataclasses.replace(sent_of(line()), rows=65))
    with pytest.raises(EncryptionError, match="packed as rows"):
        Server(network(), terms_for(network())).score(dataclasses.replace(sent_of(network()), packing="rows"))


def test_keys_of_another_model_are_refused() -> None:
    with pytest.raises(EncryptionError, match="other parameters"):
        server_of(line()).accept(client_of(network()).evaluation_keys())
    with pytest.raises(EncryptionError, match="another kind of model"):
        server_of(line()).accept(
            dataclasses.replace(client_of(line()).evaluation_keys(), block=1, turns=None)
        )
    with pytest.raises(EncryptionError, match="made for another model"):
        Client(client_of(line())._keys, terms_for(network()))


def test_outputs_under_another_key_are_refused_even_when_they_claim_to_be_ours() -> None:
    _, _, back = asked(line(), 2)
    other = Client.create(terms_for(line()))
    with pytest.raises(EncryptionError, match="encrypted under the keys"):
        other.decrypt(back)
    with pytest.raises(EncryptionError, match=r"numbers that the model cannot give|do not hold the same"):
        other.decrypt(dataclasses.replace(back, fingerprint=other.fingerprint))
    _, _, columns = asked(line(), 2, "columns")
    with pytest.raises(EncryptionError, match="numbers that the model cannot give"):
        other.decrypt(dataclasses.replace(columns, fingerprint=other.fingerprint))


def test_outputs_of_another_model_are_refused() -> None:
    _, _, back = asked(line(), 2)
    with pytest.raises(EncryptionError, match="outputs of the model"):
        client_of(line()).decrypt(dataclasses.replace(back, model="f" * 64))
    with pytest.raises(EncryptionError, match="2 results of 2 rows"):
        client_of(line()).decrypt(dataclasses.replace(back, ciphertexts=[*back.ciphertexts] * 2))


def test_outputs_of_other_rows_are_refused_where_the_rows_are_given() -> None:
    _, sent, back = asked(line(), 2)
    client = client_of(line())
    assert len(client.decrypt(back, sent)) == 2
    with pytest.raises(EncryptionError, match="outputs of 2 other rows"):
        client.decrypt(back, client.encrypt(rows_of(line(), 2), line().limits))
    with pytest.raises(EncryptionError, match="outputs of 2 other rows"):
        client.decrypt(back, dataclasses.replace(sent, rows=3))


def test_server_refuses_terms_of_another_circuit() -> None:
    with pytest.raises(ModelError, match="terms belong to another model"):
        Server(line(), terms_for(network()))


def test_rows_that_cancel_are_no_crash() -> None:
    circuit = Circuit((Dense(np.array([[1.0, -1.0]]), np.zeros(1)),), limits=np.ones(2))
    client, server = client_of(circuit), server_of(circuit)
    server.accept(client.evaluation_keys())
    rows = client.encrypt(np.array([[0.5, 0.5]]), circuit.limits, packing="columns")
    with pytest.raises(EncryptionError, match="cannot be worked out on these rows"):
        server.score(dataclasses.replace(rows, ciphertexts=[rows.ciphertexts[0]] * 2))


def test_server_keeps_as_many_keys_as_it_may() -> None:
    circuit = line(1)
    terms = terms_for(circuit)
    server = Server(circuit, terms, most_keys=2)
    clients = [Client.create(terms) for _ in range(3)]
    for client in clients:
        assert server.accept(client.evaluation_keys()) == client.fingerprint
    server.score(clients[2].encrypt(np.ones((1, 1)), circuit.limits))
    with pytest.raises(EncryptionError, match="not known here"):
        server.score(clients[0].encrypt(np.ones((1, 1)), circuit.limits))
