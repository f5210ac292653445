"""What the catalogue knows of a public data set: where it comes from, its digest, and what to beware of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class DataFile:
    """One file of a data set.

    ``name`` is its path below a data folder, such as ``urls/list.csv``; ``sha256`` and ``bytes`` are those
    of the file that the figures of this project were measured on. ``mirrors`` are addresses tried in turn;
    none means that the file cannot be downloaded here. ``header`` is the line of column names that its publisher
    left out; the file is read behind it.
    """

    name: str
    sha256: str
    bytes: int
    mirrors: tuple[str, ...] = ()
    header: str = ""

    @property
    def base_name(self) -> str:
        """The last part of ``name``."""
        return self.name.rpartition("/")[2]


@dataclass(frozen=True)
class Dataset:
    """A public data set.

    ``features`` names its features file below the folder of configurations. ``package`` names an installed
    Python package that carries its files, when one does. ``by_hand`` says where a person finds it.
    ``traps`` are measured facts that can make a number measured on it untrue; ``caveats`` are those of them that
    every result on it carries. The first of ``files`` is what is learnt from; ``tests`` names the others that its
    authors set aside for testing, the first of them being the one to be judged by. ``originals`` are the files as
    their publisher gives them, in the same order, taken where ``files`` are not to be had. ``never`` are columns that
    may not be features, whatever a features file says; ``marks`` are the columns by which a file is known to be of
    this set, and ``partitions`` says by the number of rows which part of the set a file holds. ``kind`` is ``events``
    for a table of events, which a pipeline learns from by its features file, or ``images``, which have none.
    """

    name: str
    title: str
    citation: str
    licence: str
    page: str
    rows: int
    files: tuple[DataFile, ...]
    features: str
    by_hand: str
    traps: tuple[str, ...]
    package: str = ""
    tests: tuple[str, ...] = ()
    originals: tuple[DataFile, ...] = ()
    caveats: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    partitions: Mapping[int, str] = field(default_factory=dict)
    kind: Literal["events", "images"] = "events"

    @property
    def pipeline(self) -> str:
        """The pipeline whose configurations describe it: phishing or threats; federated for images."""
        return "federated" if self.kind == "images" else self.features.partition("/")[0]
