from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from garrison.features.clock import CLOCK_NAMES, clock_columns

KIND = pa.timestamp("us", tz="UTC")
moments = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))


@given(st.lists(moments, min_size=1, max_size=20))
def test_the_clock_is_that_of_the_calendar(times: list[datetime]) -> None:
    columns = clock_columns(pa.array(times, KIND))
    hour = np.array([time.hour * 60 + time.minute for time in times]) * 2 * np.pi / 1440
    day = np.array([time.weekday() for time in times]) * 2 * np.pi / 7
    weekend = np.array([time.isoweekday() > 5 for time in times])
    for found, wanted in zip(
        columns, [np.sin(hour), np.cos(hour), np.sin(day), np.cos(day), weekend], strict=True
    ):
        assert np.allclose(found, wanted)
        assert found.dtype == np.float64


def test_midnight_comes_after_the_last_minute() -> None:
    before, after = (
        datetime(2024, 5, 1, 23, 59, 59, tzinfo=UTC),
        datetime(2024, 5, 2, 0, 0, tzinfo=UTC),
    )
    sine, cosine, *_ = clock_columns(pa.array([before, after], KIND))
    assert abs(sine[0] - sine[1]) < 0.005
    assert abs(cosine[0] - cosine[1]) < 0.005


@pytest.mark.parametrize("chunked", [False, True])
def test_a_missing_time_is_zero_everywhere(chunked: bool) -> None:
    times = pa.array([None, datetime(2024, 5, 4, tzinfo=UTC)], KIND)
    columns = clock_columns(pa.chunked_array([times]) if chunked else times)
    assert [column[0] for column in columns] == [0.0] * len(CLOCK_NAMES)
    assert columns[-1][1] == 1.0


def test_no_rows() -> None:
    assert [column.shape for column in clock_columns(pa.array([], KIND))] == [(0,)] * len(CLOCK_NAMES)
