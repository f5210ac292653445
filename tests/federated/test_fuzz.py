"""What a party, a server or a file may say: a damaged update, model, state or talk is refused, or as it should be."""

import hashlib
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from held_to import examples, refused_or, sealed_anew
from hypothesis import given
from hypothesis import strategies as st
from nearly_right import ODD, damaged, damaged_files, damaged_json, damaged_json_text

pytest.importorskip("torch")
pytest.importorskip("flwr")

from flwr.app import Array, ArrayRecord, ConfigRecord, MetricRecord, RecordDict
from small_federations import small_parties, small_plan

from garrison.detection.integrity import read_sealed, write_sealed
from garrison.federated.deployment.party_folder import Records, read_records, write_records
from garrison.federated.ledger import Ledger
from garrison.federated.messages import array_record, update_of
from garrison.federated.model import new_model
from garrison.federated.saved import load_model, save_model
from garrison.federated.secure_aggregation import MaskedSum, PartyRound, Terms
from garrison.federated.secure_aggregation.wire import (
    Opening,
    advertisements_of,
    advertisements_record,
    opening_of,
    opening_record,
    revealed_of,
    revealed_record,
    sealed_of,
    sealed_record,
    survivors_of,
    survivors_record,
)
from garrison.federated.state import State, read_state, write_state
from garrison.federated.updates import usable

FEW = 15
SENT = {"weights": np.arange(12, dtype=np.float32).reshape(3, 4), "bias": np.zeros(3, np.float32)}


def _records(data: bytes, *, dtype: str = "float32", shape: tuple[int, ...] = (3, 4)) -> RecordDict:
    record = array_record(SENT)
    arrays = {**record, "weights": Array(dtype=dtype, shape=shape, stype="numpy.ndarray", data=data)}
    return RecordDict({"arrays": ArrayRecord(arrays), "metrics": MetricRecord({"num-examples": 20})})


@examples(4 * FEW)
@given(damaged(array_record(SENT)["weights"].data), st.sampled_from(["float32", "object", "float8"]))
def test_a_damaged_update_is_refused_or_finite(data: bytes, dtype: str) -> None:
    def take() -> None:
        try:
            update = update_of("party", _records(bytes(data), dtype=dtype), SENT)
        except ValueError:
            return
        for one in usable([update], SENT)[0]:
            assert all(np.isfinite(one.arrays[name]).all() for name in SENT)
            assert all(one.arrays[name].shape == SENT[name].shape for name in SENT)

    refused_or(take)


def test_an_update_that_claims_more_than_it_holds_gets_no_memory() -> None:
    whole = array_record(SENT)["weights"].data
    claims = whole.replace(b"(3, 4)", b"(999999999, 999)")
    header = int.from_bytes(whole[8:10], "little")
    claims = claims[:8] + (header + len(claims) - len(whole)).to_bytes(2, "little") + claims[10:]
    with pytest.raises(ValueError, match=r"'weights' \(ValueError: 3,995,999,996,004 bytes\)"):
        update_of("party", _records(claims), SENT)


def test_a_damaged_model_with_right_digests_is_refused_or_answers(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    save_model(new_model("mlp", shape=(1, 4, 4), classes=3, seed=1), folder)
    sealed = read_sealed(folder)
    facts = {name: value for name, value in sealed.manifest.items() if name != "files"}

    def answer() -> None:
        model = load_model(folder)
        assert model.probabilities(np.zeros((2, *model.shape))).shape == (2, model.classes)

    answer()

    @examples(2 * FEW, share=0.5)
    @given(
        st.tuples(damaged_files(sealed.files), st.just(facts))
        | st.tuples(st.just(sealed.files), damaged_json(facts))
    )
    def hold(found: tuple[dict[str, bytes], dict[str, Any]]) -> None:
        sealed_anew(folder, *found)
        refused_or(answer)

    hold()


@pytest.mark.parametrize(
    "changes", [{"classes": 2**40}, {"shape": [1, 2**20, 2**20]}, {"shape": [-1, 4]}, {"classes": 10**400}]
)
def test_a_model_that_says_it_is_huge_gets_no_memory(tmp_path: Path, changes: dict[str, Any]) -> None:
    save_model(new_model("mlp", shape=(1, 4, 4), classes=3, seed=1), tmp_path / "model")
    sealed = read_sealed(tmp_path / "model")
    facts = {name: value for name, value in sealed.manifest.items() if name != "files"}
    write_sealed(tmp_path / "model", sealed.files, facts | changes)
    assert refused_or(lambda: load_model(tmp_path / "model")) is None


def test_a_damaged_state_is_refused_or_gone_on_with(tmp_path: Path) -> None:
    plan = small_plan()
    weights: dict[str, Any] = {"a": np.ones(3, np.float32)}
    state = State(plan=plan, weights=weights, ledgers={"one": Ledger().more(noise=1.0, rate=0.1, steps=3)})
    write_state(state, tmp_path, asked="x")
    content = (tmp_path / "state.json").read_bytes()
    weights_file = next(tmp_path.glob("round-*.safetensors"))
    arrays = weights_file.read_bytes()

    @examples(2 * FEW)
    @given(damaged(content) | damaged_json_text(json.loads(content)))
    def hold(found: bytes) -> None:
        (tmp_path / "state.json").write_bytes(found)
        refused_or(lambda: read_state(tmp_path, asked="x"))

    @examples(2 * FEW)
    @given(damaged(arrays))
    def hold_weights(found: bytes) -> None:
        weights_file.write_bytes(found)
        facts = json.loads(content)
        facts["weights"]["sha256"] = hashlib.sha256(found).hexdigest()
        (tmp_path / "state.json").write_text(json.dumps(facts), encoding="utf-8")
        refused_or(lambda: read_state(tmp_path, asked="x"))

    hold()
    hold_weights()


def test_a_damaged_folder_of_a_party_is_refused_or_read(tmp_path: Path) -> None:
    folder = tmp_path / "party"
    party = small_parties(2, rows=20)[0]
    write_records(folder, Records("party", party.x, party.y))
    whole = {path.name: path.read_bytes() for path in folder.iterdir()}

    def read() -> None:
        found = read_records(folder)
        assert len(found.x) == len(found.y)
        assert np.isfinite(found.x).all()

    read()

    @examples(2 * FEW)
    @given(damaged_files(whole))
    def hold(found: dict[str, bytes]) -> None:
        for name, content in found.items():
            (folder / name).write_bytes(content)
        refused_or(read)

    hold()


_TOLD = [PartyRound.begin(number, 1, Terms())[1] for number in (1, 2, 3)]


def _talks() -> dict[str, tuple[ConfigRecord, Callable[[Any], Any]]]:
    rounds = {number: PartyRound.begin(number, 1, Terms()) for number in (1, 2, 3)}
    told = [each for _, each in rounds.values()]
    sealed = {number: party.share(told) for number, (party, _) in rounds.items()}
    for number, (party, _) in rounds.items():
        party.take({other: sealed[other][number] for other in rounds if other != number})
        party.mask(np.zeros(4), 5)
    revealed = rounds[1][0].reveal([1, 2, 3])

    def share(record: Any) -> Any:
        party, _ = PartyRound.begin(1, 1, Terms())
        return party.share(advertisements_of(record))

    return {
        "opening": (opening_record(Opening(1, 2**63, Terms())), opening_of),
        "keys": (advertisements_record(told), advertisements_of),
        "keys of all": (
            advertisements_record(told),
            lambda record: MaskedSum.open(1, Terms(), advertisements_of(record)),
        ),
        "shares": (advertisements_record(told), share),
        "sealed": (sealed_record(sealed[1]), sealed_of),
        "survivors": (survivors_record([1, 2, 3]), survivors_of),
        "revealed": (revealed_record(revealed), revealed_of),
    }


@pytest.mark.parametrize("what", list(_talks()))
def test_a_damaged_talk_of_secure_aggregation_is_refused_or_read(what: str) -> None:
    record, read = _talks()[what]
    text = str(record["json"])

    @examples(FEW)
    @given(
        (damaged(text.encode()) | damaged_json_text(json.loads(text))).map(
            lambda found: found.decode("utf-8", "replace")
        )
        | st.sampled_from([each for each in ODD if isinstance(each, str | int | float | bool)])
    )
    def hold(found: Any) -> None:
        refused_or(partial(read, {"json": found}))

    hold()


def test_who_tells_the_other_pieces_does_not_end_the_server() -> None:
    rounds = {number: PartyRound.begin(number, 1, Terms()) for number in (1, 2, 3)}
    told = [each for _, each in rounds.values()]
    server = MaskedSum.open(1, Terms(), told)
    sealed = {number: party.share(told) for number, (party, _) in rounds.items()}
    for number, pieces in server.relay(sealed).items():
        rounds[number][0].take(pieces)
        server.add(number, rounds[number][0].mask(np.ones(4), 5), size=4)
    revealed = [party.reveal([1, 2, 3]) for party, _ in rounds.values()]
    liar = revealed[0]
    swapped = type(liar)(liar.party, seeds=liar.keys, keys=liar.seeds)
    mean = server.unmask([swapped, *revealed[1:]])
    np.testing.assert_allclose(mean.update, np.ones(4))
