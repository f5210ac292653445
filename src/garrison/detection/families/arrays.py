"""Arrays as bytes: an ``.npz`` file whose bytes depend on the arrays alone, and a reader that trusts nothing in it.

``numpy.savez`` stamps the time into its zip file; here every date is the same. The reader takes the names, types and
numbers of dimensions that it must find, and never unpickles.
"""

import io
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from garrison.errors import ModelError

MOST_BYTES = 2**31
SAME_DATE = (1980, 1, 1, 0, 0, 0)

Arrays = dict[str, NDArray[Any]]


def write_zip(members: Mapping[str, bytes], *, level: int = 1) -> bytes:
    """A zip file of these members: equal members in equal order give equal bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name, date_time=SAME_DATE)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 3
            archive.writestr(info, content, compresslevel=level)
    return buffer.getvalue()


def read_zip(content: bytes, *, most_members: int) -> dict[str, bytes]:
    """The members of a zip file, refused when there are too many, two of one name, or they unpack to too much."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        infos = archive.infolist()
        if len(infos) > most_members or len({info.filename for info in infos}) != len(infos):
            raise _unreadable(f"{len(infos)} members, or two of one name")
        if sum(info.file_size for info in infos) > MOST_BYTES:
            raise _unreadable("it unpacks to more than 2 GiB")
        return {info.filename: archive.read(info) for info in infos}


def pack_arrays(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """The arrays as an ``.npz`` file; equal arrays give equal bytes.

    >>> packed = pack_arrays({"a": np.arange(3)})
    >>> packed == pack_arrays({"a": np.arange(3)})
    True
    >>> unpack_arrays(packed, {"a": ("<i8", 1)})["a"]
    array([0, 1, 2])
    """
    members: dict[str, bytes] = {}
    for name, array in arrays.items():
        buffer = io.BytesIO()
        npy.write_array(buffer, np.asarray(array, order="C"), version=(1, 0), allow_pickle=False)
        members[f"{name}.npy"] = buffer.getvalue()
    return write_zip(members)


def unpack_arrays(content: bytes, expected: Mapping[str, tuple[str, int]]) -> Arrays:
    """The arrays that ``pack_arrays`` wrote; ``expected`` gives each one's dtype and number of dimensions."""
    members = read_zip(content, most_members=len(expected))
    if set(members) != {f"{name}.npy" for name in expected}:
        raise _unreadable("it holds other arrays: " + ", ".join(sorted(members))[:200])
    return {name: _array(members[f"{name}.npy"], name, *kind) for name, kind in expected.items()}


def _array(content: bytes, name: str, dtype: str, dimensions: int) -> NDArray[Any]:
    buffer = io.BytesIO(content)
    if npy.read_magic(buffer) != (1, 0):
        raise _unreadable(f"array {name} is of an unknown version")
    shape, fortran, found = npy.read_array_header_1_0(buffer)
    rest = memoryview(content)[buffer.tell() :]
    size = np.dtype(dtype).itemsize
    for length in shape:
        size *= length
    if fortran or found != np.dtype(dtype) or len(shape) != dimensions or min(shape, default=0) < 0:
        raise _unreadable(f"array {name} is {found} of shape {shape}")
    if size != len(rest):
        raise _unreadable(f"array {name} is cut short or too long")
    return np.frombuffer(rest, dtype=dtype).reshape(shape)


def _unreadable(reason: str) -> ModelError:
    return ModelError(
        f"a file of arrays cannot be read: {reason}",
        expected="the arrays that this version of Garrison writes",
        remedy="train the model again, or load it with the version that saved it",
    )
