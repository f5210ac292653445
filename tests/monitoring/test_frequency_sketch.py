from collections import Counter

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from garrison.errors import SettingsError
from garrison.monitoring.sketches import FrequencySketch


@given(st.lists(st.lists(st.integers(0, 30).map(str), max_size=60), max_size=8), st.integers(1, 40))
def test_no_count_is_too_high_or_further_off_than_the_sketch_says(parts: list[list[str]], size: int) -> None:
    sketch = FrequencySketch(size=size)
    truth: Counter[str] = Counter()
    for part in parts:
        sketch.add(pa.array(part, pa.string()))
        truth.update(part)
    found = dict(sketch.top(1_000))
    assert sketch.count == truth.total()
    assert len(sketch) <= size
    assert sketch.error <= truth.total() / (size + 1)
    for value, count in truth.items():
        assert count - sketch.error <= found.get(value, 0) <= count


def test_two_sketches_add_up() -> None:
    one, two = FrequencySketch(), FrequencySketch()
    one.add(pa.array(["a", "b", "a"]))
    two.add(pa.array(["b", "b", None]))
    one.merge(two)
    assert one.top(3) == [("b", 3), ("a", 2)]
    assert one.count == 5


def test_values_of_any_type_are_counted_by_their_text() -> None:
    sketch = FrequencySketch()
    sketch.add(pa.array([True, False, True]))
    sketch.add(pa.array([-1, 0, -1]))
    assert dict(sketch.top(9)) == {"true": 2, "false": 1, "-1": 2, "0": 1}


def test_a_column_that_names_each_value_once_is_counted_alike() -> None:
    values = pa.chunked_array([["a", "b", None, "a"], ["c", "b"]])
    plain, coded = FrequencySketch(), FrequencySketch()
    plain.add(values)
    coded.add(values.dictionary_encode())
    coded_again = FrequencySketch()
    coded_again.add(pa.DictionaryArray.from_arrays(pa.array([1, None, 1]), pa.array(["unused", "x"])))
    assert coded.top(9) == plain.top(9)
    assert coded_again.top(9) == [("x", 2)]


def test_a_sketch_of_nothing_is_refused() -> None:
    with pytest.raises(SettingsError):
        FrequencySketch(size=0)
