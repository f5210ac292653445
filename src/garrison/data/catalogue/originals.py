"""Files as their publisher gives them, where they differ from those the figures were measured on."""

import shutil
from pathlib import Path

from garrison.data.catalogue.base import DataFile, Dataset
from garrison.files import atomic_file, output_errors


def original_of(dataset: Dataset, file: DataFile) -> DataFile | None:
    """The publisher's form of one of the data set's files, None where there is no other."""
    return dict(zip(dataset.files, dataset.originals, strict=False)).get(file)


def behind_header(path: Path, file: DataFile, cache: Path) -> Path:
    """A file whose digest has been checked, made readable: a CSV file with the names of its columns.

    The copy lies in the cache and is made anew each time, so that nobody can have changed it.
    """
    if not file.header:
        return path
    target = cache / "datasets" / Path(file.name).with_suffix(".csv")
    with output_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        with atomic_file(target) as temporary, temporary.open("wb") as out, path.open("rb") as rows:
            out.write(file.header.encode() + b"\n")
            shutil.copyfileobj(rows, out)
    return target
