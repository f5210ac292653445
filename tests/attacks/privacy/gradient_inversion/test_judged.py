"""Reconstructions held against the truth: pairs, shares, intervals, and a blind guess."""

import json
from typing import Any

import numpy as np
import pytest
from small_networks import digits

from garrison.attacks.privacy.gradient_inversion import Reconstructed, Recovered, judge
from garrison.errors import DataError

X = digits()[0]
OTHERS = X[100:1100]


def made(images: Any, attack: str = "cosine") -> Reconstructed:
    return Reconstructed(
        attack=attack,
        knowledge="",
        images=np.asarray(images, dtype=np.float32),
        labels=np.zeros(len(images), dtype=np.int64),
        labels_known=True,
        mismatch=0.0,
        iterations=1,
        seconds=0.5,
    )


def test_the_truth_in_any_order_is_found_whole() -> None:
    found = judge([made(X[[2, 0, 1]])], [X[:3]], OTHERS)
    assert found.psnr.value == 100
    assert found.ssim.value == pytest.approx(1)
    assert found.identified.value == 1
    assert found.identified.method.startswith("Wilson, 3")
    assert (found.images, found.updates, found.candidates) == (3, 1, 1003)


def test_each_true_image_has_its_own_row() -> None:
    found = judge([made([X[1], 1 - X[0]])], [X[:2]], OTHERS)
    assert [each[2] for each in found.each] == [False, True]
    assert found.each[1][0] == 100
    assert found.identified.value == 0.5


def test_images_of_one_update_are_drawn_together() -> None:
    found = judge([made(X[[0, 1]]), made(1 - X[[2, 3]]), made(X[[4, 5]])], [X[:2], X[2:4], X[4:6]], OTHERS)
    assert found.identified.value == pytest.approx(2 / 3)
    assert "3 groups" in found.identified.method
    assert found.seconds == 1.5


def test_a_blind_guess_is_called_one() -> None:
    mean = np.repeat(OTHERS.mean(axis=0, keepdims=True), 4, axis=0)
    found = judge([made(mean)], [X[:4]], OTHERS)
    assert [flag.name for flag in found.flags] == ["no_better_than_the_mean"]
    assert found.identified.value == 0


def test_what_was_judged_is_kept_as_json() -> None:
    found = judge([made(X[:1])], [X[:1]], OTHERS)
    assert Recovered.from_dict(json.loads(json.dumps(found.to_dict()))) == found
    assert (found.psnr.low, found.psnr.high) == (0, 100)


def test_what_cannot_be_judged_is_refused() -> None:
    for found, truth in (
        ([], []),
        ([made(X[:1])], []),
        ([made(X[:1]), made(X[:1], "spear")], [X[:1], X[:1]]),
    ):
        with pytest.raises(DataError, match="cannot be judged together"):
            judge(found, truth, OTHERS)
