"""What the catalogue knows of a public data set: where it comes from, its digest, and what to beware of."""

from dataclasses import dataclass


@dataclass(frozen=True)
class DataFile:
    """One file of a data set.

    ``name`` is its path below a data folder, such as ``urls/list.csv``; ``sha256`` and ``bytes`` are those
    of the file that the figures of this project were measured on. ``mirrors`` are addresses tried in turn;
    none means that the file cannot be downloaded here.
    """

    name: str
    sha256: str
    bytes: int
    mirrors: tuple[str, ...] = ()

    @property
    def base_name(self) -> str:
        """The last part of ``name``."""
        return self.name.rpartition("/")[2]


@dataclass(frozen=True)
class Dataset:
    """A public data set.

    ``features`` names its features file below the folder of configurations. ``package`` names an installed
    Python package that carries its files, when one does. ``by_hand`` says where a person finds it.
    ``traps`` are measured facts that can make a number measured on it untrue.
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
