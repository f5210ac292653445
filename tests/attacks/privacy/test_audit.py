"""Who learns from what: halves that balance, copies that stay together, and rows that nobody asks about."""

import numpy as np
import pytest
from private_models import DEEP_TREES, Constant, audit_of, noisy_labels

from garrison.attacks.privacy import TARGET, Audit, shadow_answers
from garrison.errors import DataError


def small_audit(*, size: int = 30, seed: int = 0) -> Audit:
    """Ten questions with a copy each, then forty rows to learn from besides and ten that are not to be."""
    X, y = noisy_labels(70)
    stands_for = np.concatenate([np.arange(10), np.arange(10), np.full(50, -1)])
    return Audit(X, y, np.arange(10), stands_for, np.arange(70) < 60, size, seed)


def test_each_question_is_learnt_from_by_one_shadow_of_a_pair() -> None:
    audit = small_audit()
    inside = np.array([audit.inside(number) for number in range(8)])
    assert (inside.sum(axis=1) == 5).all()
    for even in range(0, 8, 2):
        assert (inside[even] != inside[even + 1]).all()
    assert len({tuple(row) for row in inside.tolist()}) > 4


def test_a_model_learns_from_its_questions_with_their_copies_and_from_others() -> None:
    audit = small_audit()
    for number in (TARGET, 0, 1, 5):
        rows = audit.learnt_from(number)
        asked = np.flatnonzero(audit.inside(number))
        assert {*rows[rows < 20].tolist()} == {*asked.tolist(), *(asked + 10).tolist()}
        assert len(rows) == 30
        assert len({*rows.tolist()}) == 30
        assert (rows < 60).all()
    assert len(small_audit(size=1_000).learnt_from(0)) == 50


def test_draws_depend_on_the_seed_and_on_nothing_else() -> None:
    first, again, other = small_audit(), small_audit(), small_audit(seed=1)
    assert (first.learnt_from(3) == again.learnt_from(3)).all()
    assert not np.array_equal(first.learnt_from(3), other.learnt_from(3))


def test_one_question_is_refused() -> None:
    with pytest.raises(DataError, match="1 record"):
        audit_of(np.zeros((1, 2)), np.zeros(1, dtype=np.int64))


def test_shadows_that_are_kept_are_not_trained_again() -> None:
    audit = audit_of(*noisy_labels(60))
    kept: dict[int, np.ndarray[tuple[int], np.dtype[np.float64]]] = {}
    whole = shadow_answers(DEEP_TREES, audit, 4, keep=kept.__setitem__)
    assert [*kept] == [0, 1, 2, 3]
    del kept[2]
    new: list[int] = []
    again = shadow_answers(DEEP_TREES, audit, 4, kept=kept.get, keep=lambda number, _: new.append(number))
    assert new == [2]
    assert (whole == again).all()


def test_no_shadow_is_begun_when_the_time_is_over() -> None:
    assert shadow_answers(Constant(), audit_of(*noisy_labels(20)), 4, seconds=0.0).shape == (0, 20)
