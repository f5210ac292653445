"""The catalogue of public data sets: what each is, where it lies, and how it is brought here.

A new data set is a file of this folder and a line in ``_DATASETS``.
"""

import difflib
from collections.abc import Collection, Iterator
from pathlib import Path

from garrison.data.catalogue.base import DataFile, Dataset
from garrison.data.catalogue.fetch import Patience, download, refuse_when_offline
from garrison.data.catalogue.iscx_url2016 import ISCX_URL2016
from garrison.data.catalogue.mnist import MNIST
from garrison.data.catalogue.nsl_kdd import NSL_KDD
from garrison.data.catalogue.originals import behind_header, original_of
from garrison.data.catalogue.phishing_embedded import PHISHING_EMBEDDED
from garrison.data.catalogue.phishing_websites import PHISHING_WEBSITES
from garrison.data.catalogue.places import cache_folder, candidates, data_folders
from garrison.data.catalogue.unsw_nb15 import UNSW_NB15
from garrison.errors import DatasetError
from garrison.files import sha256_of

__all__ = [
    "DataFile",
    "Dataset",
    "Patience",
    "cache_folder",
    "data_folders",
    "dataset",
    "datasets",
    "fetch",
    "fetch_parts",
    "locate",
    "recognised",
    "verify",
]

_DATASETS = (
    PHISHING_WEBSITES,
    PHISHING_EMBEDDED,
    ISCX_URL2016,
    UNSW_NB15,
    NSL_KDD,
    MNIST,
)


def datasets() -> dict[str, Dataset]:
    """Every data set of the catalogue by its name.

    >>> sorted(datasets())
    ['iscx_url2016', 'mnist', 'nsl_kdd', 'phishing_embedded', 'phishing_websites', 'unsw_nb15']
    """
    return {one.name: one for one in _DATASETS}


def dataset(name: str) -> Dataset:
    """The data set called ``name``; ``DatasetError`` with the nearest name when there is none.

    >>> dataset("phishing_websites").rows
    11055
    """
    known = datasets()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        raise DatasetError(
            f"no data set is called {name!r}",
            expected="one of " + ", ".join(known),
            remedy=f"did you mean {near[0]!r}?" if near else "",
        )
    return known[name]


def recognised(names: Collection[str]) -> Dataset | None:
    """The data set that a table with these columns is of, as far as the catalogue knows its marks; else None.

    >>> recognised(["id", "sttl", "ct_state_ttl", "ct_flw_http_mthd", "label"]).name
    'unsw_nb15'
    """
    there = {*names}
    return next((one for one in _DATASETS if one.marks and there.issuperset(one.marks)), None)


def locate(name: str) -> Path | None:
    """Where a data set lies on this machine, or None; for one of several files, the first of them.

    Looks into the package that carries it, ``GARRISON_DATA``, ``../shared/datasets`` and the cache, in this
    order. A file of another size is passed over; the digest is looked at by ``verify`` and ``fetch``.
    """
    wanted = dataset(name)
    found = [
        next((path for path, each in _here(wanted, file) if path.stat().st_size == each.bytes), None)
        for file in wanted.files
    ]
    return found[0] if all(found) else None


def verify(name: str) -> Path:
    """The data set's path, the digest of each file checked.

    ``DatasetError`` when it is not on this machine, or its bytes are not the right ones.
    """
    wanted = dataset(name)
    paths = [_verified(wanted, file) for file in wanted.files]
    return paths[0]


def fetch(name: str, *, patience: Patience | None = None) -> Path:
    """The data set's path, the digest of each file checked, downloaded to the cache where it is not on this
    machine; of several files, the one that is learnt from.

    ``DatasetError`` when no mirror gives it, none is known, or ``GARRISON_OFFLINE`` forbids to ask.
    """
    return next(iter(fetch_parts(name, patience=patience).values()))


def fetch_parts(name: str, *, patience: Patience | None = None) -> dict[str, Path]:
    """As ``fetch``, the path of every file by the file's own name without its ending."""
    wanted = dataset(name)
    return {file.base_name.partition(".")[0]: _fetched(wanted, file, patience) for file in wanted.files}


def _here(wanted: Dataset, file: DataFile) -> Iterator[tuple[Path, DataFile]]:
    """The files that may be ``file``, or its original, each with what it then must be."""
    for each in (file, original_of(wanted, file)):
        if each is not None:
            yield from ((path, each) for path in candidates(wanted, each))


def _verified(wanted: Dataset, file: DataFile) -> Path:
    path, each = next(_here(wanted, file), (None, file))
    if path is None:
        raise DatasetError(
            f"the data set {wanted.name!r} is not on this machine",
            where=", ".join(map(str, data_folders())),
            expected=file.name,
            remedy=_remedy(wanted, file),
        )
    if not _is_right(path, each):
        raise DatasetError(
            f"the file is not that of the data set {wanted.name!r}: its bytes are others",
            where=str(path),
            expected=f"{each.bytes:,} bytes with SHA-256 {each.sha256}",
            remedy="remove or rename the file, and fetch the data set again",
        )
    return path


def _fetched(wanted: Dataset, file: DataFile, patience: Patience | None) -> Path:
    for path, each in _here(wanted, file):
        if _is_right(path, each):
            return behind_header(path, each, cache_folder())
    wanted_file = file if file.mirrors else original_of(wanted, file) or file
    if not wanted_file.mirrors:
        raise DatasetError(
            f"the data set {wanted.name!r} cannot be downloaded: no mirror of it is known",
            where=wanted.page,
            expected=f"{wanted_file.base_name}, {wanted_file.bytes:,} bytes with SHA-256 {wanted_file.sha256}",
            remedy=_remedy(wanted, file),
        )
    refuse_when_offline(f"the data set {wanted.name!r}")
    path = download(wanted_file, cache_folder() / "datasets" / wanted_file.name, patience=patience)
    return behind_header(path, wanted_file, cache_folder())


def _is_right(path: Path, file: DataFile) -> bool:
    return path.stat().st_size == file.bytes and sha256_of(path) == file.sha256


def _remedy(wanted: Dataset, file: DataFile) -> str:
    if (original_of(wanted, file) or file).mirrors:
        return f"garrison datasets fetch {wanted.name}"
    return (
        wanted.by_hand
        if wanted.package
        else f"{wanted.by_hand}; then put it into the folder GARRISON_DATA names"
    )
