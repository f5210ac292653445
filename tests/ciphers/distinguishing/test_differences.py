"""Differences through an addition beside counting, and the table of Speck beside what pairs show."""

import numpy as np
import pytest

from garrison.ciphers import Speck
from garrison.ciphers.distinguishing import DifferenceTable, make_pairs, table_for
from garrison.ciphers.distinguishing.study import by_table
from garrison.ciphers.distinguishing.through_addition import ThroughAddition
from garrison.ciphers.distinguishing.xor_differences import VALUES, addition_probability, outcomes
from garrison.errors import SettingsError

ALL = np.arange(VALUES, dtype=np.uint16)


def of_all(value: int) -> np.ndarray[tuple[int], np.dtype[np.uint16]]:
    return np.full(VALUES, value, np.uint16)


@pytest.mark.parametrize(("a", "b"), [(0x0001, 0x0000), (0x8000, 0x8000), (0x0123, 0x4567), (0x00FF, 0x0F00)])
def test_probabilities_are_those_that_are_counted(a: int, b: int) -> None:
    generator = np.random.default_rng(1)
    x, y = generator.integers(VALUES, size=(2, 400_000), dtype=np.uint16)
    seen = np.bincount((x + y) ^ ((x ^ np.uint16(a)) + (y ^ np.uint16(b))), minlength=VALUES) / 400_000
    told = addition_probability(of_all(a), of_all(b), ALL)
    assert told.sum() == 1
    assert (abs(seen - told) <= 6 * np.sqrt(told / 400_000)).all(), "what cannot be is never seen, either"


def test_a_distribution_goes_through_as_its_parts_do() -> None:
    generator, through = np.random.default_rng(2), ThroughAddition()
    for b in (0x0000, 0x0001, 0x8000, 0x1234, 0xFEDC, 0xFFFF):
        check_through(through, b, generator)


def check_through(through: ThroughAddition, b: int, generator: np.random.Generator) -> None:
    likely = np.zeros(VALUES, np.float32)
    some = generator.integers(VALUES, size=8, dtype=np.uint16)
    likely[some] = generator.random(8).astype(np.float32)
    parts = sum(likely[a] * addition_probability(of_all(int(a)), of_all(b), ALL) for a in set(some.tolist()))
    turned = np.ascontiguousarray(likely.reshape(256, 256).T)
    np.testing.assert_allclose(through(turned, b), parts, atol=1e-7)


def test_every_outcome_is_found_once() -> None:
    a, b = np.random.default_rng(3).integers(1 << 12, size=(2, 40), dtype=np.uint16)
    owner, found, chance = outcomes(a, b, np.ones(40, np.float32))
    np.testing.assert_array_equal(addition_probability(a[owner], b[owner], found), chance)
    assert (chance > 0).all()
    np.testing.assert_allclose(np.bincount(owner, weights=chance), 1)
    assert len({*zip(owner.tolist(), found.tolist(), strict=True)}) == len(owner)


def entries(table: DifferenceTable) -> dict[tuple[int, int], float]:
    right = np.repeat(np.arange(VALUES), np.diff(table.starts))
    both = zip(zip(table.left.tolist(), right.tolist(), strict=True), table.likely.tolist(), strict=True)
    return dict(both)


def test_the_table_says_what_pairs_show() -> None:
    table = DifferenceTable.at_input().next_round().next_round()
    assert table.rounds == 2
    assert table.rest == 0
    pairs = make_pairs(Speck(2), 60_000, seed=4)
    differences = pairs.differences()[pairs.real].tolist()
    likely = entries(table)
    assert {(left, right) for left, right in differences} <= {*likely}
    for (left, right), chance in likely.items():
        seen = differences.count([left, right]) / len(differences)
        assert abs(seen - chance) < 5 * np.sqrt(chance / len(differences))


def test_a_row_holds_what_the_table_does_of_a_right_word() -> None:
    table = table_for(4, most=500)
    assert isinstance(table, DifferenceTable)
    likely = entries(table)
    for right in sorted({right for _, right in likely})[:20]:
        row, seen = table.row(right).astype(float), np.full((256, 256), table.rest / VALUES**2)
        for (left, word), chance in likely.items():
            if word == right:
                added = (left >> 7 | left << 9) & 0xFFFF
                seen[added & 255, added >> 8] += chance
        np.testing.assert_allclose(row, seen, rtol=1e-6)


def test_the_likelihood_of_a_difference_is_summed_over_what_may_lead_to_it() -> None:
    table = table_for(3)
    assert isinstance(table, DifferenceTable)
    likely = entries(table.next_round())
    asked = np.array([*[*likely][:2000], (1, 2), (0, 0)], np.uint16)
    told = table.likelihood(asked)
    np.testing.assert_allclose(told[:2000], [*likely.values()][:2000], rtol=1e-5)
    assert told[-2:].tolist() == [0, 0]


def test_a_small_table_keeps_the_likeliest_and_spreads_the_rest() -> None:
    table = table_for(3)
    assert isinstance(table, DifferenceTable)
    whole, small = table.next_round(), table.next_round(most=500)
    assert len(small.left) == 500
    assert small.likely.min() >= np.sort(whole.likely)[-501]
    assert 0 < small.rest < 1
    assert small.likelihood(np.array([[1, 2]], np.uint16)).tolist() == [small.rest / VALUES**2]


def test_pairs_of_four_rounds_are_told_apart() -> None:
    pairs = make_pairs(Speck(4), 20_000, seed=5)
    accuracy = float((by_table(table_for(4), pairs) == pairs.real).mean())
    assert 0.98 < accuracy < 1, "0.99 is what the table gives; 1 would say that it sees the answer"


@pytest.mark.parametrize("rounds", [1, 23])
def test_rounds_out_of_range_are_told(rounds: int) -> None:
    with pytest.raises(SettingsError, match="2 to 22 rounds"):
        table_for(rounds)
