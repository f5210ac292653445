import io
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from garrison.detection.families.arrays import pack_arrays, read_zip, unpack_arrays, write_zip
from garrison.errors import ModelError


@given(hnp.arrays(np.float64, hnp.array_shapes(min_dims=0, max_dims=3, max_side=5)))
def test_arrays_come_back_to_the_bit(array: np.ndarray) -> None:
    packed = pack_arrays({"a": array, "b": np.arange(2)})
    back = unpack_arrays(packed, {"a": ("<f8", array.ndim), "b": ("<i8", 1)})
    assert back["a"].tobytes() == array.tobytes()
    assert back["a"].shape == array.shape
    assert pack_arrays({"a": array, "b": np.arange(2)}) == packed


@pytest.mark.parametrize(
    "expected",
    [{"a": ("<f8", 1)}, {"a": ("<i8", 2)}, {"b": ("<i8", 1)}, {}, {"a": ("<i8", 1), "b": ("<i8", 1)}],
)
def test_other_arrays_than_expected_are_refused(expected: dict[str, tuple[str, int]]) -> None:
    with pytest.raises(ModelError):
        unpack_arrays(pack_arrays({"a": np.arange(3)}), expected)


def test_pickled_objects_are_refused() -> None:
    buffer = io.BytesIO()
    np.save(buffer, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises((ModelError, ValueError)):
        unpack_arrays(write_zip({"a.npy": buffer.getvalue()}), {"a": ("<f8", 1)})


def test_a_claim_of_a_huge_array_costs_nothing() -> None:
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,), }"
    header = header.ljust(117) + b"\n"
    content = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + b"\0" * 64
    with pytest.raises(ModelError, match="cut short"):
        unpack_arrays(write_zip({"a.npy": content}), {"a": ("<f8", 1)})


def test_a_zip_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("garrison.detection.families.arrays.MOST_BYTES", 1000)
    with pytest.raises(ModelError, match="2 GiB"):
        read_zip(write_zip({"a": bytes(2000)}), most_members=3)


@given(st.integers(3, 20))
def test_too_many_members_and_two_of_one_name_are_refused(count: int) -> None:
    with pytest.raises(ModelError, match="members"):
        read_zip(write_zip({str(n): b"" for n in range(count)}), most_members=2)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo("a"), b"1")
        info = zipfile.ZipInfo("b")
        archive.writestr(info, b"2")
    doubled = buffer.getvalue().replace(b"b", b"a")
    with pytest.raises(ModelError, match="one name"):
        read_zip(doubled, most_members=2)
