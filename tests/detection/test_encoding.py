import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from garrison.detection.families.encoding import Encoding

tables = hnp.arrays(
    np.float64,
    st.tuples(st.integers(1, 30), st.integers(1, 5)),
    elements=st.integers(-3, 3).map(float) | st.floats(-1e6, 1e6),
)


@given(tables, st.integers(0, 8))
def test_one_hot_columns_sum_to_one_and_the_rest_is_standardised(X: np.ndarray, most: int) -> None:
    encoding = Encoding.of(X, most_levels=most)
    encoded = encoding.apply(X)
    assert np.isfinite(encoded).all()
    for column in np.unique(encoding.columns):
        assert (encoded[:, : len(encoding.columns)][:, encoding.columns == column].sum(axis=1) == 1).all()
    measured = encoded[:, len(encoding.columns) :]
    assert np.abs(measured.mean(axis=0)).max(initial=0) < 1e-3
    back = Encoding.from_arrays(encoding.arrays())
    assert back.apply(X).tobytes() == encoded.tobytes()


def test_a_level_that_was_never_seen_is_zero_everywhere() -> None:
    encoding = Encoding.of(np.array([[0.0], [1.0]]), most_levels=5)
    assert encoding.apply(np.array([[7.0]])).tolist() == [[0.0, 0.0]]


def test_parts_that_do_not_fit_are_refused() -> None:
    arrays = Encoding.of(np.array([[0.0, 5.0], [1.0, 6.5]]), most_levels=2).arrays()
    for wrong in (
        {"levels": np.zeros(1)},
        {"columns": np.array([0, 0, 9, 9])},
        {"measured": np.array([1])},
        {"columns": np.array([0, 0, -1, 1])},
    ):
        with pytest.raises(ValueError, match="fit each other"):
            Encoding.from_arrays({**arrays, **wrong})
