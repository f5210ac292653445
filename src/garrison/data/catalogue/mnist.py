"""MNIST: 70,000 handwritten digits of 28 x 28 pixels."""

from garrison.data.catalogue.base import DataFile, Dataset

_MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist",
    "https://storage.googleapis.com/cvdf-datasets/mnist",
)


def _file(name: str, sha256: str, size: int) -> DataFile:
    return DataFile(
        name=f"mnist/{name}",
        sha256=sha256,
        bytes=size,
        mirrors=tuple(f"{mirror}/{name}" for mirror in _MIRRORS),
    )


MNIST = Dataset(
    name="mnist",
    title="MNIST database of handwritten digits",
    citation=(
        "LeCun, Bottou, Bengio, Haffner: Gradient-Based Learning Applied to Document Recognition, Proceedings of the "
        "IEEE 86(11), 1998"
    ),
    licence="CC BY-SA 3.0 (as the documentation of Keras states; the page of the set carries no licence)",
    page="http://yann.lecun.com/exdb/mnist/",
    rows=60_000,
    kind="images",
    files=(
        _file(
            "train-images-idx3-ubyte.gz",
            "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
            9_912_422,
        ),
        _file(
            "train-labels-idx1-ubyte.gz",
            "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
            28_881,
        ),
        _file(
            "t10k-images-idx3-ubyte.gz",
            "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
            1_648_877,
        ),
        _file(
            "t10k-labels-idx1-ubyte.gz",
            "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
            4_542,
        ),
    ),
    features="",
    by_hand="the four .gz files of the set, as they circulate with these digests",
    traps=(
        "its 10,000 test pictures have been used by thousands of studies: tenths of a percent on them prove little",
        "the two halves of its test part are not alike: its authors say that the first 5,000 are cleaner and easier",
        "nobody's privacy hangs on it: what leaks of a digit says how an attack fares, not what it would cost a person",
    ),
)
