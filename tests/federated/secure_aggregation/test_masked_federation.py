"""A federation behind masks learns what one in the clear learns, and its server sees no party's update."""

import pickle
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip(
    "flwr", reason="secure aggregation travels with Flower: pip install 'garrison[federated]'"
)
pytest.importorskip("torch", reason="parties train with PyTorch: pip install 'garrison[federated]'")

from garrison.errors import ModelError, UsageError
from garrison.federated.central_privacy import CentralPrivacy
from garrison.federated.coordinator import coordinate
from garrison.federated.federation import Federation
from garrison.federated.images import read_images
from garrison.federated.in_process import InProcessGrid
from garrison.federated.messages import ARRAYS, arrays_of
from garrison.federated.partitions import iid
from garrison.federated.party import Party, parties_of
from garrison.federated.plan import Plan
from garrison.federated.secure_aggregation import (
    MaskedExchange,
    Masking,
    SecureAggregationError,
    Terms,
    check_maskable,
)

FEW = 4
ROWS = 40


@pytest.fixture(scope="module")
def parties() -> tuple[Party, ...]:
    digits = read_images("digits")
    rows = iid(digits.y[: FEW * ROWS], parties=FEW, seed=0)
    rows[0] = rows[0][: ROWS // 2]
    return parties_of(digits.x, digits.y, rows)


def plan(**other: Any) -> Plan:
    return Plan(network="mlp", shape=(1, 8, 8), classes=10, rounds=2, **other)


class Watched:
    """A grid that keeps what went over it; ``silent`` parties lose the messages of a kind."""

    def __init__(self, grid: InProcessGrid, silent: dict[str, set[int]] | None = None) -> None:
        self.grid, self.silent = grid, silent or {}
        self.received: list[Any] = []

    def get_node_ids(self) -> list[int]:
        return self.grid.get_node_ids()

    def send_and_receive(self, messages: Iterable[Any], *, timeout: float | None = None) -> list[Any]:
        kept = [
            message
            for message in messages
            if message.metadata.dst_node_id not in self.silent.get(message.metadata.message_type, set())
        ]
        answers = self.grid.send_and_receive(kept, timeout=timeout)
        self.received += answers
        return answers


@pytest.mark.parametrize("strategy", ["fedavg", "fedavgm", "fedadam"])
def test_the_weights_are_those_of_a_federation_in_the_clear(
    parties: tuple[Party, ...], strategy: str
) -> None:
    clear = Federation(parties, plan(strategy=strategy)).train()
    masked = Federation(
        parties, plan(strategy=strategy), exchange=MaskedExchange(), app_of=Masking().app_of
    ).train()
    # FedAdam divides by the size of a change: what is rounded is magnified where weights hardly change.
    most = 1e-3 if strategy == "fedadam" else 4e-7
    for one, other in zip(clear.model.weights(), masked.model.weights(), strict=True):
        assert np.abs(one - other).max() < most
    assert [each.answered for each in masked.rounds] == [FEW, FEW]
    assert masked.rounds[0].bytes_received > 1.9 * clear.rounds[0].bytes_received


def test_nothing_that_reaches_the_server_is_a_partys_update(parties: tuple[Party, ...]) -> None:
    one_round = replace(plan(), rounds=1)
    with InProcessGrid(parties) as clear_grid:
        clear = Watched(clear_grid)
        coordinate(clear, one_round)
    true = {
        reply.metadata.src_node_id: arrays_of(reply.content.array_records[ARRAYS])
        for reply in clear.received
        if reply.content.array_records
    }
    assert len(true) == FEW
    with InProcessGrid(parties, app_of=Masking().app_of) as grid:
        watched = Watched(grid)
        coordinate(watched, one_round, exchange=MaskedExchange())
    kinds = {reply.metadata.message_type for reply in watched.received}
    assert kinds == {"query", "query.secure_keys", "query.secure_pieces", "train", "query.secure_reveal"}
    masked = [reply for reply in watched.received if reply.metadata.message_type == "train"]
    assert len(masked) == FEW
    for reply in masked:
        assert not reply.content.metric_records, "no loss, no count of examples"
        ((name, array),) = reply.content.array_records[ARRAYS].items()
        vector = array.numpy()
        assert (name, vector.dtype) == ("masked", np.uint64)
        shares = np.bincount(vector.view(np.uint8), minlength=256) / vector.nbytes
        assert np.abs(shares - 1 / 256).max() < 1e-3
        for arrays in true.values():
            flat = np.concatenate([np.ravel(each) for each in arrays.values()])
            seen = vector[2:].view(np.int64).astype(float)
            assert abs(np.corrcoef(seen, flat)[0, 1]) < 5 / np.sqrt(flat.size)
    wire = b"".join(
        str(value).encode()
        for reply in watched.received
        for record in reply.content.config_records.values()
        for value in record.values()
    )
    for arrays in true.values():
        for each in arrays.values():
            assert np.ascontiguousarray(each)[:1].tobytes().hex().encode() not in wire


@pytest.mark.parametrize(
    "phase", ["query.secure_keys", "query.secure_pieces", "train", "query.secure_reveal"]
)
def test_a_party_that_falls_silent_is_named_and_the_round_goes_on(
    parties: tuple[Party, ...], phase: str
) -> None:
    one_round = replace(plan(), rounds=1)
    with InProcessGrid(parties, app_of=Masking().app_of) as grid:
        gone = grid.get_node_ids()[1]
        trained = coordinate(Watched(grid, {phase: {gone}}), one_round, exchange=MaskedExchange())
    (only,) = trained.rounds
    left = [parties[0], *parties[2:]] if phase != "query.secure_reveal" else parties
    assert only.answered == len(left)
    assert [each.party for each in only.refused] == ["party-001"]
    clear = Federation(left, one_round).train()
    for one, other in zip(clear.model.weights(), trained.model.weights(), strict=True):
        assert np.abs(one - other).max() < 4e-7


def test_with_too_many_silent_the_round_ends_with_who_is_missing(parties: tuple[Party, ...]) -> None:
    with InProcessGrid(parties, app_of=Masking().app_of) as grid:
        silent = Watched(grid, {"train": {*grid.get_node_ids()[:2]}})
        with pytest.raises(SecureAggregationError, match="2 of 4 parties sent their masked update"):
            coordinate(silent, plan(), exchange=MaskedExchange())


def test_a_party_behind_masks_gives_no_update_in_the_clear(parties: tuple[Party, ...]) -> None:
    with pytest.raises(ModelError, match="0 usable updates") as caught:
        Federation(parties, plan(), app_of=Masking().app_of).train()
    assert "asked for an update in the clear" in caught.value.where


def test_a_party_demands_its_own_least_number(parties: tuple[Party, ...]) -> None:
    with pytest.raises(SecureAggregationError, match="0 parties take part"):
        Federation(
            parties, plan(), exchange=MaskedExchange(Terms(fewest=3)), app_of=Masking(fewest=5).app_of
        ).train()


def test_what_is_cut_is_told(parties: tuple[Party, ...]) -> None:
    said: list[str] = []
    exchange = MaskedExchange(Terms(clip=1e-6), told=said.append)
    Federation(parties, replace(plan(), rounds=1), exchange=exchange, app_of=Masking().app_of).train()
    assert len(said) == 1
    assert "were cut to 1e-06 (clip)" in said[0]


def test_plans_that_must_see_one_update_are_refused(parties: tuple[Party, ...]) -> None:
    robust = plan(strategy="median")
    with pytest.raises(UsageError, match="compares the parties' updates"):
        check_maskable(robust)
    with pytest.raises(UsageError, match="compares the parties' updates"):
        Federation(parties, robust, exchange=MaskedExchange(), app_of=Masking().app_of).train()
    with pytest.raises(UsageError, match="central privacy"):
        check_maskable(plan(central=CentralPrivacy(noise_multiplier=1.0)))


def test_a_broken_off_federation_goes_on_to_the_same_bytes(
    parties: tuple[Party, ...], tmp_path: Path
) -> None:
    def train(rounds: int, folder: Path | None) -> list[np.ndarray]:
        federation = Federation(
            parties, replace(plan(), rounds=rounds), exchange=MaskedExchange(), app_of=Masking().app_of
        )
        return [*federation.train(folder=folder).model.weights()]

    whole = train(2, None)
    train(1, tmp_path)
    for one, other in zip(whole, train(2, tmp_path), strict=True):
        assert np.array_equal(one, other), "masks are drawn anew, their sum is the same"


def test_a_party_can_be_sent_to_another_process() -> None:
    app_of = pickle.loads(pickle.dumps(Masking(fewest=4).app_of))
    assert app_of.__self__ == Masking(fewest=4)
