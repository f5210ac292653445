import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from garrison.data.row_codes import sorted_rows

ROWS = st.integers(0, 40).flatmap(
    lambda n: st.lists(st.lists(st.integers(-2, 2), min_size=n, max_size=n), min_size=1, max_size=4)
)


@given(ROWS)
def test_rows_are_sorted_and_told_apart_as_numpy_does(columns: list[list[int]]) -> None:
    X = np.array(columns, dtype=np.float64).T
    order, new = sorted_rows(list(X.T), rows=len(X))
    assert order.tolist() == np.lexsort(X.T[::-1]).tolist()
    assert X[order][new].tolist() == np.unique(X, axis=0).tolist()


@pytest.mark.parametrize("count", [0, 1])
def test_few_rows_are_sorted(count: int) -> None:
    columns: list[NDArray[np.float64]] = [np.zeros(count), np.ones(count)]
    order, new = sorted_rows(columns, rows=count)
    assert (order.tolist(), new.tolist()) == ([0][:count], [True][:count])
