"""Distances against a loop, pairs against all permutations, and what counts as identified."""

from itertools import permutations

import numpy as np
import pytest

from garrison.errors import DataError
from garrison.evaluation import identification, identified, paired_images, squared_distances

DRAW = np.random.default_rng(3)
IMAGES = DRAW.random((40, 1, 6, 5))


def test_distances_are_mean_squared_differences(monkeypatch: pytest.MonkeyPatch) -> None:
    ones = DRAW.random((4, 1, 6, 5))
    expected = [[np.square(a - b).mean() for b in IMAGES] for a in ones]
    assert squared_distances(ones, IMAGES) == pytest.approx(np.array(expected))
    monkeypatch.setattr(identification, "CELLS_AT_ONCE", 90)
    assert squared_distances(ones, IMAGES) == pytest.approx(np.array(expected))
    assert (squared_distances(IMAGES, IMAGES) >= 0).all()


def test_pairs_are_the_best_of_all_permutations() -> None:
    truth, found = IMAGES[:5], DRAW.random((5, 1, 6, 5))
    apart = squared_distances(found, truth)
    best = min(permutations(range(5)), key=lambda order: sum(apart[f, t] for t, f in enumerate(order)))
    ours, theirs = paired_images(found, truth)
    assert theirs.tolist() == [*range(5)]
    assert ours.tolist() == list(best)


def test_fewer_found_than_true_are_paired_too() -> None:
    ours, theirs = paired_images(IMAGES[[7, 2]], IMAGES[:10])
    assert dict(zip(ours.tolist(), theirs.tolist(), strict=True)) == {0: 7, 1: 2}


def test_the_nearest_of_many_is_identified_and_its_copies_do_no_harm() -> None:
    noisy = IMAGES[:10] + DRAW.normal(scale=0.01, size=(10, 1, 6, 5))
    among = np.concatenate([IMAGES, IMAGES])
    assert identified(noisy, among, np.arange(10)).all()
    assert not identified(noisy, among, np.arange(10) + 1).any()


def test_chance_is_one_in_as_many_as_there_are() -> None:
    guesses = DRAW.random((4_000, 8))
    share = identified(guesses, DRAW.random((10, 8)), DRAW.integers(0, 10, 4_000)).mean()
    assert share == pytest.approx(0.1, abs=0.025)


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(DataError, match="30 values"):
        squared_distances(IMAGES, IMAGES[:, :, :3])
    with pytest.raises(DataError, match="not finite"):
        squared_distances(np.full((1, 30), np.inf), IMAGES)
    with pytest.raises(DataError, match="40 candidates"):
        identified(IMAGES[:2], IMAGES, [0, 40])
