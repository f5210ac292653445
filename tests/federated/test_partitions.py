"""Every way to deal records out gives each of them to one party at most."""

from typing import Any

import numpy as np
import pytest

from garrison.errors import DataError, UsageError
from garrison.federated.partitions import PARTITIONS, by_value, dirichlet, two_digits
from garrison.federated.party import Party, parties_of

Y = np.random.default_rng(0).permutation(np.repeat(np.arange(10), 60))


@pytest.mark.parametrize("name", sorted(PARTITIONS))
def test_every_row_goes_to_one_party(name: str) -> None:
    dealt = PARTITIONS[name](Y, parties=20, seed=3)
    assert len(dealt) == 20
    assert all(len(rows) for rows in dealt)
    assert sorted(np.concatenate(dealt).tolist()) == [*range(len(Y))]


@pytest.mark.parametrize("name", sorted(PARTITIONS))
def test_equal_seeds_deal_alike(name: str) -> None:
    one, again, other = (PARTITIONS[name](Y, parties=6, seed=seed) for seed in (1, 1, 2))
    assert all(np.array_equal(mine, theirs) for mine, theirs in zip(one, again, strict=True))
    assert not all(np.array_equal(mine, theirs) for mine, theirs in zip(one, other, strict=True))


@pytest.mark.parametrize("name", sorted(PARTITIONS))
@pytest.mark.parametrize("parties", [0, -1, 601])
def test_more_parties_than_rows_are_refused(name: str, parties: int) -> None:
    with pytest.raises(UsageError, match="cannot be dealt"):
        PARTITIONS[name](Y, parties=parties, seed=0)


def test_iid_parties_see_all_classes_alike() -> None:
    counts = [np.bincount(Y[rows], minlength=10) for rows in PARTITIONS["iid"](Y, parties=4, seed=0)]
    assert all((each > 5).all() for each in counts)


def test_two_digits_are_two() -> None:
    dealt = two_digits(Y, parties=20, seed=0)
    assert max(len({*Y[rows].tolist()}) for rows in dealt) == 2
    assert {len(rows) for rows in dealt} == {30}
    assert max(len({*Y[rows].tolist()}) for rows in two_digits(Y, parties=10, seed=0, shards=1)) == 1


def test_a_small_alpha_is_uneven_and_a_large_one_even() -> None:
    def spread(alpha: float) -> float:
        dealt = dirichlet(Y, parties=10, seed=0, alpha=alpha)
        return float(np.std([np.bincount(Y[rows], minlength=10) / len(rows) for rows in dealt]))

    assert spread(0.1) > 2 * spread(1.0) > 2 * spread(100.0)


def test_nobody_is_left_without_rows() -> None:
    dealt = dirichlet(Y, parties=60, seed=0, alpha=0.01, least=4)
    assert min(map(len, dealt)) >= 4
    assert sorted(np.concatenate(dealt).tolist()) == [*range(len(Y))]


@pytest.mark.parametrize("alpha", [0.0, -1.0, float("nan"), float("inf")])
def test_an_alpha_that_is_none_is_refused(alpha: float) -> None:
    with pytest.raises(UsageError, match="alpha"):
        dirichlet(Y, parties=2, seed=0, alpha=alpha)


def test_organisations_are_the_values_of_a_column() -> None:
    services = ["http"] * 5 + ["dns"] * 4 + ["ftp", None, "irc"]
    rows = by_value(services, least=3)
    assert {name: each.tolist() for name, each in rows.items()} == {
        "dns": [5, 6, 7, 8],
        "http": [0, 1, 2, 3, 4],
        "other": [9, 10, 11],
    }
    assert "other" not in by_value(services, least=4)


def test_the_rest_bears_its_whole_name_beside_shorter_ones() -> None:
    rows = by_value(["a", "a", "b", "c", "o", "o"], least=2)
    assert {name: each.tolist() for name, each in rows.items()} == {"a": [0, 1], "o": [4, 5], "other": [2, 3]}


def test_one_organisation_is_none() -> None:
    with pytest.raises(DataError, match="1 of 2 values"):
        by_value(["a"] * 5 + ["b"], least=3)


@pytest.mark.parametrize("rows", [[np.array([0, 1])], {"north": np.array([0, 1])}])
def test_parties_hold_their_rows(rows: Any) -> None:
    x = np.arange(6, dtype=np.float32).reshape(3, 2)
    (party,) = parties_of(x, np.array([7, 8, 9]), rows)
    assert party.y.tolist() == [7, 8]
    assert party.x.tolist() == [[0.0, 1.0], [2.0, 3.0]]
    assert party.name in ("party-000", "north")


def test_a_party_has_as_many_classes_as_records_and_some() -> None:
    with pytest.raises(DataError, match="2 records and 1 classes"):
        Party("odd", np.zeros((2, 1), np.float32), np.zeros(1, np.int64))
    with pytest.raises(DataError, match="has no records"):
        Party("empty", np.zeros((0, 1), np.float32), np.zeros(0, np.int64))
