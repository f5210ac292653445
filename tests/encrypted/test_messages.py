import dataclasses
from typing import Any

import pytest
from small_circuits import client_of, line, rows_of

from garrison.encrypted import EncryptedOutputs, EncryptedRows, EvaluationKeys
from garrison.encrypted.wire import Parcel
from garrison.errors import EncryptionError


def facts_of(content: bytes, kind: str) -> Parcel:
    return Parcel.read(content, kind)


def test_messages_survive_their_form() -> None:
    client = client_of(line())
    keys = client.evaluation_keys()
    assert EvaluationKeys.from_bytes(keys.to_bytes()) == keys
    rows = client.encrypt(rows_of(line(), 2), line().limits)
    assert EncryptedRows.from_bytes(rows.to_bytes()) == rows
    with pytest.raises(EncryptionError, match="these are 'encrypted rows'"):
        EncryptedOutputs.from_bytes(rows.to_bytes())


@pytest.mark.parametrize(
    "change",
    [
        {"rows": 0},
        {"rows": 2**40},
        {"rows": True},
        {"packing": "diagonals"},
        {"packing": ["rows"]},
        {"model": "../../etc"},
        {"fingerprint": 5},
        {"parameters": {"degree": 4096, "bits": [60, 60, 60], "scale_bits": 40}},
        {"more": 1},
    ],
)
def test_headers_that_lie_are_refused(change: dict[str, Any]) -> None:
    parcel = facts_of(
        client_of(line()).encrypt(rows_of(line(), 1), line().limits).to_bytes(), "encrypted rows"
    )
    with pytest.raises(EncryptionError):
        EncryptedRows.from_bytes(dataclasses.replace(parcel, facts={**parcel.facts, **change}).to_bytes())


@pytest.mark.parametrize(
    "change",
    [{"block": 3}, {"block": 0}, {"block": 4096}, {"holds": [True, True]}, {"holds": "no"}, {"key": "x"}],
)
def test_headers_of_keys_that_lie_are_refused(change: dict[str, Any]) -> None:
    parcel = facts_of(client_of(line()).evaluation_keys().to_bytes(), "evaluation keys")
    with pytest.raises(EncryptionError):
        EvaluationKeys.from_bytes(dataclasses.replace(parcel, facts={**parcel.facts, **change}).to_bytes())
