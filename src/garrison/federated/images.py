"""Pictures with their classes: MNIST from the catalogue, or the small digits that come with scikit-learn."""

import gzip
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from garrison.data.catalogue import fetch_parts, locate
from garrison.errors import SourceError, UsageError
from garrison.progress import say

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

SOURCES = ("mnist", "digits")
_IDX_UINT8 = 0x08
_TEST_DIGITS = 360


@dataclass(frozen=True)
class Images:
    """Pictures to learn from and pictures to be judged by.

    ``x`` and ``test_x`` are float32 of shape ``(n, 1, height, width)`` in [0, 1]; ``y`` and ``test_y`` int64 of shape
    ``(n,)``, from 0 to ``classes - 1``. ``note`` says where they are from.
    """

    name: str
    x: Floats
    y: Ints
    test_x: Floats
    test_y: Ints
    classes: int
    note: str

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one picture: ``(1, height, width)``."""
        return tuple(self.x.shape[1:])


def read_images(name: str) -> Images:
    """The pictures called ``mnist`` (60,000 and 10,000 of 28 x 28) or ``digits`` (1,437 and 360 of 8 x 8).

    Every file of MNIST is held against its digest before it is read. ``DatasetError`` when it is neither here nor to
    be downloaded, ``UsageError`` for another name.

    >>> digits = read_images("digits")
    >>> digits.x.shape, digits.test_x.shape, float(digits.x.max())
    ((1437, 1, 8, 8), (360, 1, 8, 8), 1.0)
    """
    if name == "mnist":
        return _mnist()
    if name == "digits":
        return _digits()
    raise UsageError(f"no pictures are called {name!r}", expected=f"one of {', '.join(SOURCES)}")


def images_at_hand() -> Images:
    """MNIST where it lies on this machine, else the small digits of scikit-learn, and a line that says so."""
    if locate("mnist") is not None:
        return read_images("mnist")
    say(
        "MNIST is not on this machine: the 1,797 small digits of scikit-learn stand in for it; its figures are others"
    )
    say("`garrison datasets fetch mnist` downloads MNIST")
    return read_images("digits")


def _mnist() -> Images:
    parts = fetch_parts("mnist")
    x, y, test_x, test_y = (
        read_idx(parts[name])
        for name in (
            "train-images-idx3-ubyte",
            "train-labels-idx1-ubyte",
            "t10k-images-idx3-ubyte",
            "t10k-labels-idx1-ubyte",
        )
    )
    return Images(
        name="mnist",
        x=_in_unit_range(x, most=255),
        y=y.astype(np.int64),
        test_x=_in_unit_range(test_x, most=255),
        test_y=test_y.astype(np.int64),
        classes=10,
        note="MNIST: LeCun, Bottou, Bengio, Haffner 1998; the test part is its authors'",
    )


def _digits() -> Images:
    from sklearn.datasets import load_digits

    bunch = load_digits()
    x, y = _in_unit_range(np.asarray(bunch.images), most=16), np.asarray(bunch.target, dtype=np.int64)
    order = np.random.default_rng(0).permutation(len(y))
    test, learnt = order[:_TEST_DIGITS], order[_TEST_DIGITS:]
    return Images(
        name="digits",
        x=x[learnt],
        y=y[learnt],
        test_x=x[test],
        test_y=y[test],
        classes=10,
        note="scikit-learn's 1,797 digits of 8 x 8 (UCI 80), a fixed fifth set aside for testing",
    )


def _in_unit_range(pixels: NDArray[np.generic], *, most: int) -> Floats:
    count, height, width = pixels.shape
    return (np.asarray(pixels, dtype=np.float32) / np.float32(most)).reshape(count, 1, height, width)


def read_idx(path: Path, *, most_bytes: int = 2**28) -> NDArray[np.uint8]:
    """The array in a compressed IDX file of bytes; ``SourceError`` when it is not what its head says.

    The head is four bytes (0, 0, the type, the number of dimensions), then each dimension as a big-endian int32.
    """
    try:
        with gzip.open(path) as file:
            content = file.read(most_bytes + 1)
    except (OSError, EOFError) as error:
        raise SourceError(f"not a whole gzip file: {error}", where=str(path)) from error
    head = content[:4]
    if len(head) < 4 or head[:3] != bytes([0, 0, _IDX_UINT8]) or not 1 <= head[3] <= 4:
        raise SourceError(
            "not an IDX file of bytes", where=str(path), expected="0, 0, 8 and 1 to 4 dimensions"
        )
    begin = 4 + 4 * head[3]
    shape = tuple(int.from_bytes(content[at : at + 4], "big") for at in range(4, begin, 4))
    if len(content) - begin != int(np.prod(shape)):
        raise SourceError(
            f"the file has {len(content) - begin:,} values",
            where=str(path),
            expected=f"{' x '.join(map(str, shape))}, as its head says",
        )
    return np.frombuffer(content, dtype=np.uint8, offset=begin).reshape(shape)
