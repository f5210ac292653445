"""Numbers that several commands ask for, as a program may hand them over: no command line has looked at them."""

import math

import pytest

from garrison.errors import UsageError
from garrison.pipelines.asked_numbers import check_numbers


@pytest.mark.parametrize(
    ("asked", "said", "where"),
    [
        ({"rows": 0}, "0 rows", "--rows"),
        ({"seed": -1}, "the seed is -1", "--seed"),
        ({"seed": 2**32}, "the seed is 4294967296", "--seed"),
        ({"seconds": 0.0}, "0 seconds", "--seconds"),
        ({"seconds": math.nan}, "nan seconds", "--seconds"),
        ({"seconds": math.inf}, "inf seconds", "--seconds"),
    ],
)
def test_numbers_that_are_none_are_refused(asked: dict[str, float], said: str, where: str) -> None:
    with pytest.raises(UsageError, match=said) as refused:
        check_numbers(**asked)  # type: ignore[arg-type]  # one of the three, as the row says
    assert refused.value.where == where


def test_what_is_not_asked_and_what_stands_at_a_bound_pass() -> None:
    check_numbers()
    check_numbers(rows=1, seed=0, seconds=0.5)
    check_numbers(seed=2**32 - 1)
