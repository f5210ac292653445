"""A detector taken apart: together the two parts score as it did, and neither holds the other's half."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from encrypted_flows import encrypted_detector, write_parts
from scored_flows import FLOWS, flow_rows, trained
from small_circuits import line, network

from garrison.detection.families.arrays import unpack_arrays
from garrison.encrypted import Client, ClientPart, Server, ServerPart, asker, prepare, split, terms_for
from garrison.errors import IntegrityError, ModelError, UsageError
from garrison.features import TabularProcessor


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("parts")
    write_parts(folder)
    return folder


def test_parts_together_score_as_the_detector_did(parts: Path) -> None:
    plain, rows = encrypted_detector(), flow_rows(50)
    client, server = ClientPart.load(parts / "client"), ServerPart.load(parts / "server")
    ask = asker(Client.create(client.terms), Server(server.circuit, server.terms), client.limits)
    asked = client.detector(ask)
    np.testing.assert_allclose(asked.score(rows), plain.score(rows), atol=1e-3)
    np.testing.assert_array_equal(asked.verdict(rows), plain.verdict(rows))
    assert client.scores(client.model.circuit(client.inputs(rows))).shape == (50,)


def test_client_has_no_weight_and_the_server_no_schema_and_no_threshold(parts: Path) -> None:
    held = [path for path in (parts / "client").rglob("*") if path.is_file()]
    blank = unpack_arrays(
        (parts / "client" / "model" / "circuit.npz").read_bytes(),
        {"limits": ("<f8", 1), "weights_0": ("<f8", 2), "bias_0": ("<f8", 1)},
    )
    assert not blank["weights_0"].any()
    assert not blank["bias_0"].any()
    weights = encrypted_detector().model.circuit.layers[0].weights  # type: ignore[attr-defined]
    for path in held:
        content = path.read_bytes()
        assert not any(value.tobytes() in content for value in weights.ravel() if value)
    names = {path.name for path in (parts / "server").iterdir()}
    assert names == {"manifest.json", "manifest.sha256", "circuit.npz"}
    said = (parts / "server" / "manifest.json").read_text()
    assert "0.4" not in said
    assert not any(name in said for name in ("port", "proto", "who", "threshold"))


def test_same_detector_gives_the_same_bytes(parts: Path, tmp_path: Path) -> None:
    write_parts(tmp_path)
    for path in parts.rglob("*"):
        if path.is_file():
            assert path.read_bytes() == (tmp_path / path.relative_to(parts)).read_bytes()


@pytest.mark.parametrize("name", ["client/processor.json", "server/circuit.npz", "client/model/encoding.npz"])
def test_changed_byte_is_found_before_anything_is_read(tmp_path: Path, name: str) -> None:
    write_parts(tmp_path)
    path = tmp_path / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    part = ClientPart if name.startswith("client") else ServerPart
    with pytest.raises(IntegrityError):
        part.load(path.parents[len(Path(name).parts) - 2])


def test_one_part_is_not_the_other(parts: Path) -> None:
    with pytest.raises(ModelError, match="this is not the client's part"):
        ClientPart.load(parts / "server")
    with pytest.raises(ModelError, match="this is not the server's part"):
        ServerPart.load(parts / "client")


def test_nothing_else_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "client").mkdir()
    (tmp_path / "client" / "diary.txt").write_text("dear")
    with pytest.raises(UsageError, match="something else than the client's part is there"):
        write_parts(tmp_path)
    assert (tmp_path / "client" / "diary.txt").read_text() == "dear"
    write_parts(tmp_path / "new")
    write_parts(tmp_path / "new")


def test_model_that_is_no_circuit_is_refused(tmp_path: Path) -> None:
    plain = trained(FLOWS, TabularProcessor(impute="median"), flow_rows(100))
    with pytest.raises(ModelError, match="cannot score encrypted rows") as told:
        prepare(plain, client=tmp_path / "c", server=tmp_path / "s")
    assert "encrypted_logistic" in told.value.expected


def test_circuit_of_other_terms_is_refused(tmp_path: Path) -> None:
    ServerPart(line(), terms_for(network())).save(tmp_path / "s")
    with pytest.raises(ModelError, match="not the one of the terms"):
        ServerPart.load(tmp_path / "s")


def test_training_rows_that_the_client_would_be_given_are_counted() -> None:
    detector = encrypted_detector()
    assert split(detector)[0].training_rows == 0
    columns = tuple(
        dataclasses.replace(each, impute="knn" if each.nullable else each.impute) for each in FLOWS.columns
    )
    schema = dataclasses.replace(FLOWS, columns=columns)
    table = schema.validate(pa.Table.from_pylist(flow_rows(300))).table
    near = TabularProcessor(impute="knn").fit(table, schema)
    kept = json.loads(json.dumps(near.to_dict()))["reference_rows"]
    assert split(dataclasses.replace(detector, processor=near))[0].training_rows == len(kept) > 0
