import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from garrison.data.combined_spec import HOWS
from garrison.data.schema import Schema
from garrison.features import EventProcessor, TabularProcessor
from garrison.features.combined import combine, combine_two

SCHEMA = Schema.from_dict(
    {
        "name": "flows",
        "columns": [
            {"name": "sent", "type": "integer", "minimum": 0},
            {"name": "got", "type": "number", "minimum": 0, "nullable": True, "impute": "median"},
            {"name": "proto", "type": "string"},
        ],
        "combined": [
            {"name": "share_sent", "share": ["sent", "got"]},
            {"name": "more_sent", "difference": ["sent", "got"]},
        ],
    }
)
TABLE = SCHEMA.validate(
    pa.table({"sent": [3, 0, 5, 10], "got": [1.0, 0.0, 15.0, None], "proto": ["tcp", "udp", "tcp", "tcp"]})
).table


@pytest.mark.parametrize("processor", [TabularProcessor(impute="median"), EventProcessor()])
def test_what_is_combined_follows_the_features(processor: TabularProcessor | EventProcessor) -> None:
    fitted = processor.fit(TABLE, SCHEMA)
    assert fitted.names == ("sent", "got", "proto=tcp", "proto=udp", "share_sent", "more_sent")
    found = fitted.transform(TABLE)[:, -2:]
    assert found.tolist() == [[0.75, 2.0], [0.0, 0.0], [0.25, -10.0], [10 / 11, 9.0]]


@pytest.mark.parametrize(
    "processor", [TabularProcessor(impute="median", scale=True), EventProcessor(scale=True)]
)
def test_a_saved_processor_combines_as_before(processor: TabularProcessor | EventProcessor) -> None:
    fitted = processor.fit(TABLE, SCHEMA)
    again = type(processor).from_dict(fitted.to_dict())
    assert again.names == fitted.names
    np.testing.assert_array_equal(again.transform(TABLE), fitted.transform(TABLE))


def test_a_row_alone_is_as_in_its_table() -> None:
    fitted = EventProcessor().fit(TABLE, SCHEMA)
    whole = fitted.transform(TABLE)
    rows = [fitted.transform(TABLE.slice(at, 1))[0] for at in range(TABLE.num_rows)]
    np.testing.assert_array_equal(np.array(rows), whole)


@pytest.mark.parametrize("how", HOWS)
@given(
    pairs=st.lists(st.tuples(st.floats(0, 1e150), st.floats(0, 1e150)), min_size=1, max_size=20).map(np.array)
)
def test_finite_numbers_stay_finite(how: str, pairs: NDArray[np.float64]) -> None:
    found = combine(how, pairs[:, 0], pairs[:, 1])
    assert np.isfinite(found).all()
    assert found.tolist() == [combine_two(how, left, right) for left, right in pairs.tolist()]
    if how == "share":
        assert ((found >= 0) & (found <= 1)).all()
